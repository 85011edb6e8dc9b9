// procnode is a virtual node that runs each Pod of a cluster as a local process on its own 127.10.x.y address.
//
// It stands in for a kubelet where no containers can run: an image name leads to a local program, volumes are mounted in a mount
// namespace of the pod's own, probes are real. A pod has one container. See ../../README.md for what it does not do.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/virtual-kubelet/virtual-kubelet/node"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
)

// programs maps an image's name, without registry and tag, to a local program.
type programs map[string]string

func (p programs) String() string { return fmt.Sprint(map[string]string(p)) }

func (p programs) Set(pair string) error {
	image, path, found := strings.Cut(pair, "=")
	if !found || image == "" || path == "" {
		return fmt.Errorf("want IMAGE=PATH, got %q", pair)
	}
	absolute, err := filepath.Abs(path)
	p[image] = absolute
	return err
}

type settings struct {
	kubeconfig string
	node       string
	state      string // folder of logs and volumes
	apiserver  string // host:port that pods get as KUBERNETES_SERVICE_*
	programs   programs
	maxPods    string
}

func parseFlags() settings {
	s := settings{programs: programs{}}
	flag.StringVar(&s.kubeconfig, "kubeconfig", os.Getenv("KUBECONFIG"), "administrator's kubeconfig")
	flag.StringVar(&s.node, "node", "process-node", "name of the node")
	flag.StringVar(&s.state, "state", "procnode", "folder for the pods' logs and volumes")
	flag.StringVar(&s.apiserver, "apiserver", "", "HOST:PORT that pods find in KUBERNETES_SERVICE_HOST and _PORT")
	flag.StringVar(&s.maxPods, "pods", "500", "how many pods the node takes")
	flag.Var(s.programs, "program", "IMAGE=PATH: the program behind an image's name; may be repeated")
	flag.Parse()
	return s
}

func main() {
	s := parseFlags()
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	if err := run(ctx, s); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, s settings) error {
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 500, 1000 // client-go's default of 5 per second would throttle every status
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	starter, err := newStarter(s)
	if err != nil {
		return err
	}
	p := newProvider(s, client, starter)
	pods, err := startPodController(ctx, s, client, p)
	if err != nil {
		return err
	}
	nodes, err := node.NewNodeController(node.NaiveNodeProvider{}, nodeObject(s), client.CoreV1().Nodes(),
		node.WithNodeEnableLeaseV1(client.CoordinationV1().Leases(corev1.NamespaceNodeLease), node.DefaultLeaseDuration))
	if err != nil {
		return err
	}
	go func() {
		if err := nodes.Run(ctx); err != nil && ctx.Err() == nil {
			log.Printf("node controller: %v", err)
		}
	}()
	<-nodes.Ready()
	log.Printf("node %s is ready", s.node)
	<-ctx.Done()
	p.stopAll()
	<-pods.Done()
	return nil
}

func nodeObject(s settings) *corev1.Node {
	capacity := corev1.ResourceList{"cpu": resource.MustParse("1000"), "memory": resource.MustParse("1Ti"), "pods": resource.MustParse(s.maxPods)}
	now := metav1.Now()
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: s.node, Labels: map[string]string{"type": "process", "kubernetes.io/hostname": s.node,
			"kubernetes.io/os": "linux", "kubernetes.io/arch": runtime.GOARCH}},
		Status: corev1.NodeStatus{Capacity: capacity, Allocatable: capacity,
			NodeInfo:  corev1.NodeSystemInfo{KubeletVersion: "v1.35.4-process", OperatingSystem: "linux", Architecture: runtime.GOARCH},
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: hostIP}},
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady",
				LastHeartbeatTime: now, LastTransitionTime: now}}},
	}
}

func startPodController(ctx context.Context, s settings, client kubernetes.Interface, p *provider) (*node.PodController, error) {
	mine := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTweakListOptions(func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", s.node).String()
	}))
	all := informers.NewSharedInformerFactory(client, 0)
	limiter := func() workqueue.TypedRateLimiter[any] {
		return workqueue.NewTypedItemExponentialFailureRateLimiter[any](2*time.Millisecond, 10*time.Second)
	}
	silent := record.NewBroadcaster() // no sink: events would cost one request per pod
	pods, err := node.NewPodController(node.PodControllerConfig{
		PodClient: client.CoreV1(), Provider: p, PodInformer: mine.Core().V1().Pods(),
		EventRecorder:  silent.NewRecorder(scheme.Scheme, corev1.EventSource{Component: s.node}),
		SecretInformer: all.Core().V1().Secrets(), ConfigMapInformer: all.Core().V1().ConfigMaps(),
		ServiceInformer:                   all.Core().V1().Services(),
		SkipDownwardAPIResolution:         true, // the library cannot resolve status.podIP; environment.go does
		SyncPodsFromKubernetesRateLimiter: limiter(), DeletePodsFromKubernetesRateLimiter: limiter(), SyncPodStatusFromProviderRateLimiter: limiter(),
	})
	if err != nil {
		return nil, err
	}
	mine.Start(ctx.Done())
	all.Start(ctx.Done())
	go pods.Run(ctx, 16)
	select {
	case <-pods.Ready():
		return pods, nil
	case <-pods.Done():
		return nil, pods.Err()
	}
}
