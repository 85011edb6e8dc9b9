package main

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
)

const scrapeAnnotation = "prometheus.io/scrape"

// targets answers Prometheus' HTTP service discovery with every pod that has an address and asks to be scraped, ready or not. The
// labels are those of Prometheus' own Kubernetes discovery, so that one relabelling serves both.
type targets struct {
	pods listers.PodLister
}

type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

func newTargets(ctx context.Context, client kubernetes.Interface) *targets {
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods()
	t := &targets{pods: pods.Lister()}
	pods.Informer() // registers it with the factory
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	return t
}

func (t *targets) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	pods, err := t.pods.List(labels.Everything())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	groups := []targetGroup{}
	for _, pod := range pods {
		if pod.Status.PodIP != "" && pod.Annotations[scrapeAnnotation] == "true" {
			groups = append(groups, targetGroup{Targets: []string{pod.Status.PodIP}, Labels: metaLabels(pod)})
		}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(groups)
}

func metaLabels(pod *corev1.Pod) map[string]string {
	meta := map[string]string{
		"__meta_kubernetes_namespace":     pod.Namespace,
		"__meta_kubernetes_pod_name":      pod.Name,
		"__meta_kubernetes_pod_ip":        pod.Status.PodIP,
		"__meta_kubernetes_pod_phase":     string(pod.Status.Phase),
		"__meta_kubernetes_pod_node_name": pod.Spec.NodeName,
	}
	for name, value := range pod.Labels {
		meta["__meta_kubernetes_pod_label_"+sanitize(name)] = value
	}
	for name, value := range pod.Annotations {
		meta["__meta_kubernetes_pod_annotation_"+sanitize(name)] = value
	}
	return meta
}

var notALabel = regexp.MustCompile(`[^a-zA-Z0-9_]`)

func sanitize(name string) string { return notALabel.ReplaceAllString(name, "_") }
