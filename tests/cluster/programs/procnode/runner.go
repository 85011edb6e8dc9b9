package main

import (
	"context"
	"errors"
	"log"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const longestBackoff = 30 * time.Second

// run owns a pod's process from its first start to its removal.
func (p *provider) run(i *instance, pod *corev1.Pod) {
	defer close(i.gone)
	defer p.starter.removeVolumes(pod)
	for backoff := time.Second; ; backoff = min(backoff*2, longestBackoff) {
		command, err := p.runOnce(i, pod)
		if stopped(i) {
			p.remove(i)
			return
		}
		if p.reportEnd(i, pod, command, err) {
			<-i.stop // the pod has run to its end; it stays until it is deleted
			p.remove(i)
			return
		}
		select {
		case <-i.stop:
			p.remove(i)
			return
		case <-time.After(backoff):
		}
	}
}

func stopped(i *instance) bool {
	select {
	case <-i.stop:
		return true
	default:
		return false
	}
}

// runOnce starts the process, probes it and returns when it has ended, by itself or because the pod is to go.
func (p *provider) runOnce(i *instance, pod *corev1.Pod) (*exec.Cmd, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	container := &pod.Spec.Containers[0]
	command, err := p.prepare(ctx, pod, i.ip)
	if err != nil {
		return nil, err
	}
	if err := p.starter.start(command); err != nil {
		return command, err
	}
	p.reportStart(i, container, command.Process.Pid)
	exited := make(chan error, 1)
	go func() { exited <- command.Wait() }()
	unhealthy := p.startProbes(ctx, i, pod, command)
	group := -command.Process.Pid
	select {
	case err := <-exited:
		syscall.Kill(group, syscall.SIGKILL) // what it left behind
		return command, err
	case <-unhealthy:
		log.Printf("%s/%s: liveness probe failed, restarting", pod.Namespace, pod.Name)
		return command, endGroup(group, exited, gracePeriod(pod))
	case <-i.stop:
		return command, endGroup(group, exited, i.grace)
	}
}

// endGroup asks a process group to end, waits, then kills it.
func endGroup(group int, exited <-chan error, grace time.Duration) error {
	syscall.Kill(group, syscall.SIGTERM)
	select {
	case err := <-exited:
		syscall.Kill(group, syscall.SIGKILL)
		return err
	case <-time.After(grace):
		syscall.Kill(group, syscall.SIGKILL)
		return <-exited
	}
}

func gracePeriod(pod *corev1.Pod) time.Duration {
	if g := pod.Spec.TerminationGracePeriodSeconds; g != nil {
		return time.Duration(*g) * time.Second
	}
	return 30 * time.Second
}

func (p *provider) reportStart(i *instance, container *corev1.Container, pid int) {
	started := true
	p.update(i, func(status *corev1.PodStatus, c *corev1.ContainerStatus) {
		status.Phase = corev1.PodRunning
		c.Started, c.Ready = &started, container.ReadinessProbe == nil
		c.ContainerID = "process://" + strconv.Itoa(pid)
		c.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}
	})
}

// reportEnd tells how the process ended. It returns true when the restart policy says that the pod is done.
func (p *provider) reportEnd(i *instance, pod *corev1.Pod, command *exec.Cmd, err error) bool {
	code, reason, message := int32(128), "Error", ""
	if err != nil {
		message = err.Error()
	}
	var exit *exec.ExitError
	if err == nil {
		code, reason = 0, "Completed"
	} else if errors.As(err, &exit) {
		code = int32(exit.ExitCode())
	}
	log.Printf("%s/%s ended with code %d: %s", pod.Namespace, pod.Name, code, message)
	policy := pod.Spec.RestartPolicy
	done := policy == corev1.RestartPolicyNever || policy == corev1.RestartPolicyOnFailure && code == 0
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, Message: message, FinishedAt: metav1.Now()}}
	p.update(i, func(status *corev1.PodStatus, c *corev1.ContainerStatus) {
		c.Ready = false
		if !done {
			c.LastTerminationState = ended
			c.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: message}}
			c.RestartCount++
			return
		}
		c.State = ended
		status.Phase = corev1.PodFailed
		if code == 0 {
			status.Phase = corev1.PodSucceeded
		}
	})
	return done
}

// remove forgets a pod whose process has ended. It deletes the API object at once: the library itself would wait for the whole
// grace period. A pod that nobody deleted (the node is shutting down) keeps its object.
func (p *provider) remove(i *instance) {
	p.mu.Lock()
	pod := i.pod
	delete(p.instances, key(pod.Namespace, pod.Name))
	delete(p.addresses, i.ip)
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	pods := p.client.CoreV1().Pods(pod.Namespace)
	current, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
	if err != nil || current.UID != pod.UID || current.DeletionTimestamp == nil {
		return
	}
	now := int64(0)
	err = pods.Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
	if err != nil {
		log.Printf("deleting %s/%s: %v", pod.Namespace, pod.Name, err)
	}
}
