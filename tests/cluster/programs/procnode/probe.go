package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// startProbes runs the container's probes until ctx ends. The returned channel is closed when liveness (or start-up) has failed.
func (p *provider) startProbes(ctx context.Context, i *instance, pod *corev1.Pod, command *exec.Cmd) <-chan struct{} {
	container := &pod.Spec.Containers[0]
	unhealthy := make(chan struct{})
	go func() {
		if !p.awaitStartup(ctx, container, i.ip, command) {
			if ctx.Err() == nil {
				close(unhealthy)
			}
			return
		}
		if probe := container.ReadinessProbe; probe != nil {
			go follow(ctx, probe, container, i.ip, command, false, func(ready bool) bool {
				p.update(i, func(_ *corev1.PodStatus, c *corev1.ContainerStatus) { c.Ready = ready })
				return true
			})
		}
		if probe := container.LivenessProbe; probe != nil {
			follow(ctx, probe, container, i.ip, command, true, func(bool) bool {
				close(unhealthy)
				return false
			})
		}
	}()
	return unhealthy
}

// awaitStartup returns true once the startup probe has succeeded, or at once without one.
func (p *provider) awaitStartup(ctx context.Context, container *corev1.Container, ip string, command *exec.Cmd) (passed bool) {
	probe := container.StartupProbe
	if probe == nil {
		return true
	}
	if !pause(ctx, seconds(probe.InitialDelaySeconds)) {
		return false
	}
	for failures := int32(0); failures < max(probe.FailureThreshold, 1); failures++ {
		if check(ctx, probe, container, ip, command) {
			return true
		}
		if !pause(ctx, seconds(max(probe.PeriodSeconds, 1))) {
			return false
		}
	}
	return false
}

// follow checks a probe every period and calls changed when its verdict, with the probe's thresholds, turns. It ends with ctx or
// when changed returns false.
func follow(ctx context.Context, probe *corev1.Probe, container *corev1.Container, ip string, command *exec.Cmd, verdict bool,
	changed func(bool) bool) {
	if !pause(ctx, seconds(probe.InitialDelaySeconds)) {
		return
	}
	var good, bad int32
	for {
		if check(ctx, probe, container, ip, command) {
			good, bad = good+1, 0
		} else {
			good, bad = 0, bad+1
		}
		if ctx.Err() != nil {
			return
		}
		now := (verdict && bad < max(probe.FailureThreshold, 1)) || (!verdict && good >= max(probe.SuccessThreshold, 1))
		if now != verdict {
			verdict = now
			if !changed(now) {
				return
			}
		}
		if !pause(ctx, seconds(max(probe.PeriodSeconds, 1))) {
			return
		}
	}
}

func seconds(n int32) time.Duration { return time.Duration(n) * time.Second }

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func check(ctx context.Context, probe *corev1.Probe, container *corev1.Container, ip string, command *exec.Cmd) bool {
	ctx, cancel := context.WithTimeout(ctx, seconds(max(probe.TimeoutSeconds, 1)))
	defer cancel()
	switch {
	case probe.HTTPGet != nil:
		return checkHTTP(ctx, probe.HTTPGet, container, ip)
	case probe.TCPSocket != nil:
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(ip, portNumber(container, probe.TCPSocket.Port)))
		if err == nil {
			connection.Close()
		}
		return err == nil
	case probe.Exec != nil:
		return checkExec(ctx, probe.Exec, command)
	}
	return false // gRPC is not offered
}

var probeClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func checkHTTP(ctx context.Context, get *corev1.HTTPGetAction, container *corev1.Container, ip string) bool {
	host := ip
	if get.Host != "" {
		host = get.Host
	}
	url := "http://" + net.JoinHostPort(host, portNumber(container, get.Port)) + "/" + strings.TrimPrefix(get.Path, "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	reply, err := probeClient.Do(request)
	if err != nil {
		return false
	}
	defer reply.Body.Close()
	io.Copy(io.Discard, io.LimitReader(reply.Body, 10<<10))
	return reply.StatusCode >= 200 && reply.StatusCode < 400
}

// checkExec runs a command with the environment and the view of files of the pod's process.
func checkExec(ctx context.Context, action *corev1.ExecAction, command *exec.Cmd) bool {
	inside := []string{"--target", strconv.Itoa(command.Process.Pid), "--mount", "--root", "--"}
	probe := exec.CommandContext(ctx, "nsenter", append(inside, action.Command...)...)
	probe.Env, probe.Dir = command.Env, os.TempDir()
	return probe.Run() == nil
}

func portNumber(container *corev1.Container, port intstr.IntOrString) string {
	for _, declared := range container.Ports {
		if port.Type == intstr.String && declared.Name == port.StrVal {
			return strconv.Itoa(int(declared.ContainerPort))
		}
	}
	return port.String()
}
