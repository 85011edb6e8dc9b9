package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/virtual-kubelet/virtual-kubelet/errdefs"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

const hostIP = "127.0.0.1"

// instance is one pod on this node.
type instance struct {
	pod      *corev1.Pod // guarded by provider.mu
	ip       string
	stop     chan struct{} // closed when the pod is to go
	stopOnce sync.Once
	grace    time.Duration
	gone     chan struct{} // closed when its process has ended for good
}

func (i *instance) end(grace time.Duration) {
	i.stopOnce.Do(func() {
		i.grace = grace
		close(i.stop)
	})
}

// provider is what virtual-kubelet asks for: it owns the table of pods; runner.go owns their processes.
type provider struct {
	mu        sync.Mutex
	instances map[string]*instance
	addresses map[string]bool
	last      int // of the addresses given out; begins anywhere, since another cluster on this machine may have some too
	notify    func(*corev1.Pod)
	client    kubernetes.Interface
	settings  settings
	starter   *starter
}

func newProvider(s settings, client kubernetes.Interface, starter *starter) *provider {
	return &provider{instances: map[string]*instance{}, addresses: map[string]bool{}, last: rand.IntN(65534), client: client, settings: s, starter: starter}
}

func key(namespace, name string) string { return namespace + "/" + name }

// takeAddress gives out 127.10.0.1 .. 127.10.255.254 round robin, so that an address is not used again soon. Caller holds mu.
func (p *provider) takeAddress() string {
	for {
		p.last = p.last%65534 + 1
		address := fmt.Sprintf("127.10.%d.%d", p.last>>8, p.last&255)
		if !p.addresses[address] && p.last&255 != 0 && p.last&255 != 255 {
			p.addresses[address] = true
			return address
		}
	}
}

func (p *provider) CreatePod(_ context.Context, pod *corev1.Pod) error {
	if len(pod.Spec.Containers) != 1 || len(pod.Spec.InitContainers) != 0 {
		return fmt.Errorf("a pod on %s has exactly one container and no init containers", p.settings.node)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	k := key(pod.Namespace, pod.Name)
	if _, exists := p.instances[k]; exists {
		return nil
	}
	i := &instance{pod: pod.DeepCopy(), ip: p.takeAddress(), stop: make(chan struct{}), gone: make(chan struct{})}
	now := metav1.Now()
	status := &i.pod.Status
	status.Phase, status.HostIP, status.PodIP, status.StartTime = corev1.PodPending, hostIP, i.ip, &now
	status.HostIPs, status.PodIPs = []corev1.HostIP{{IP: hostIP}}, []corev1.PodIP{{IP: i.ip}}
	container := &pod.Spec.Containers[0]
	status.ContainerStatuses = []corev1.ContainerStatus{{Name: container.Name, Image: container.Image,
		State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}}
	setCondition(status, corev1.PodInitialized, true)
	p.instances[k] = i
	go p.run(i, i.pod.DeepCopy())
	return nil
}

func (p *provider) UpdatePod(_ context.Context, pod *corev1.Pod) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.instances[key(pod.Namespace, pod.Name)]; i != nil {
		status := i.pod.Status
		i.pod = pod.DeepCopy()
		i.pod.Status = status
	}
	return nil
}

func (p *provider) DeletePod(_ context.Context, pod *corev1.Pod) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.instances[key(pod.Namespace, pod.Name)]
	if i == nil {
		return errdefs.NotFound("no such pod")
	}
	grace := int64(30)
	if g := pod.DeletionGracePeriodSeconds; g != nil {
		grace = *g
	} else if g := pod.Spec.TerminationGracePeriodSeconds; g != nil {
		grace = *g
	}
	i.end(time.Duration(grace) * time.Second)
	return nil
}

func (p *provider) GetPod(_ context.Context, namespace, name string) (*corev1.Pod, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.instances[key(namespace, name)]; i != nil {
		return i.pod.DeepCopy(), nil
	}
	return nil, errdefs.NotFound("no such pod")
}

func (p *provider) GetPodStatus(ctx context.Context, namespace, name string) (*corev1.PodStatus, error) {
	pod, err := p.GetPod(ctx, namespace, name)
	if err != nil {
		return nil, err
	}
	return &pod.Status, nil
}

func (p *provider) GetPods(context.Context) (pods []*corev1.Pod, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.instances {
		pods = append(pods, i.pod.DeepCopy())
	}
	return pods, nil
}

func (p *provider) NotifyPods(_ context.Context, report func(*corev1.Pod)) { p.notify = report }

// stopAll ends every process when the node itself ends. The pods stay in the API, as after a reboot of a real node.
func (p *provider) stopAll() {
	p.mu.Lock()
	var all []*instance
	for _, i := range p.instances {
		i.end(time.Second)
		all = append(all, i)
	}
	p.mu.Unlock()
	for _, i := range all {
		<-i.gone
	}
}

// update changes a pod's status under the lock and reports it.
func (p *provider) update(i *instance, change func(*corev1.PodStatus, *corev1.ContainerStatus)) {
	p.mu.Lock()
	status := &i.pod.Status
	container := &status.ContainerStatuses[0]
	change(status, container)
	setCondition(status, corev1.ContainersReady, container.Ready)
	setCondition(status, corev1.PodReady, container.Ready)
	report := i.pod.DeepCopy()
	p.mu.Unlock()
	p.notify(report)
}

func setCondition(status *corev1.PodStatus, kind corev1.PodConditionType, holds bool) {
	value := corev1.ConditionFalse
	if holds {
		value = corev1.ConditionTrue
	}
	for i := range status.Conditions {
		if c := &status.Conditions[i]; c.Type == kind {
			if c.Status != value {
				c.Status, c.LastTransitionTime = value, metav1.Now()
			}
			return
		}
	}
	status.Conditions = append(status.Conditions, corev1.PodCondition{Type: kind, Status: value, LastTransitionTime: metav1.Now()})
}
