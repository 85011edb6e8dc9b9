package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/client-go/kubernetes"
)

const (
	groupVersion = "external.metrics.k8s.io/v1beta1"
	root         = "/apis/" + groupVersion
	// queriesConfigMap, in the metric's namespace, maps each metric's name to its PromQL query. Where the query says
	// <<.LabelMatchers>>, as with prometheus-adapter, the autoscaler's selector is put in as PromQL matchers.
	queriesConfigMap = "external-metrics"
	matchersMark     = "<<.LabelMatchers>>"
)

// externalMetrics answers the external metrics API from Prometheus. No series is an empty list: the autoscaler then says that there
// is no metric, as it would with any adapter.
type externalMetrics struct {
	client     kubernetes.Interface
	prometheus string
	http       *http.Client
}

type metricValue struct {
	MetricName   string            `json:"metricName"`
	MetricLabels map[string]string `json:"metricLabels"`
	Timestamp    metav1.Time       `json:"timestamp"`
	Value        resource.Quantity `json:"value"`
}

func newExternalMetrics(client kubernetes.Interface, prometheus string) http.Handler {
	e := &externalMetrics{client: client, prometheus: prometheus, http: &http.Client{Timeout: 10 * time.Second}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root, e.discovery)
	mux.HandleFunc("GET "+root+"/namespaces/{namespace}/{metric}", e.metric)
	return mux
}

func (e *externalMetrics) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, metav1.APIResourceList{
		TypeMeta:     metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"},
		GroupVersion: groupVersion,
		APIResources: []metav1.APIResource{{Name: "externalmetrics", Namespaced: true, Kind: "ExternalMetricValueList", Verbs: []string{"get"}}},
	})
}

func (e *externalMetrics) metric(w http.ResponseWriter, r *http.Request) {
	query, err := e.queryOf(r.Context(), r.PathValue("namespace"), r.PathValue("metric"))
	if err != nil {
		refuse(w, http.StatusNotFound, err)
		return
	}
	matchers, err := labelMatchers(r.URL.Query().Get("labelSelector"))
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	query = strings.ReplaceAll(query, matchersMark, matchers)
	items, err := e.ask(r.Context(), r.PathValue("metric"), query)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"kind": "ExternalMetricValueList", "apiVersion": groupVersion, "metadata": struct{}{}, "items": items})
}

func (e *externalMetrics) queryOf(ctx context.Context, namespace, metric string) (string, error) {
	queries, err := e.client.CoreV1().ConfigMaps(namespace).Get(ctx, queriesConfigMap, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return "", err
	}
	query, found := queries.Data[metric]
	if !found {
		return "", fmt.Errorf("ConfigMap %s/%s has no query for metric %q", namespace, queriesConfigMap, metric)
	}
	return query, nil
}

// labelMatchers writes a selector of equalities as PromQL: q=a,r=b -> q="a",r="b".
func labelMatchers(selector string) (string, error) {
	parsed, err := labels.Parse(selector)
	if err != nil {
		return "", err
	}
	requirements, _ := parsed.Requirements()
	var matchers []string
	for _, r := range requirements {
		if r.Operator() != selection.Equals && r.Operator() != selection.DoubleEquals {
			return "", fmt.Errorf("selector %q: only key=value is offered", selector)
		}
		matchers = append(matchers, fmt.Sprintf("%s=%q", r.Key(), r.ValuesUnsorted()[0]))
	}
	return strings.Join(matchers, ","), nil
}

// ask runs an instant query. NaN and infinities are left out: a quantity cannot hold them.
func (e *externalMetrics) ask(ctx context.Context, metric, query string) ([]metricValue, error) {
	address := e.prometheus + "/api/v1/query?" + url.Values{"query": {query}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	reply, err := e.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	var body struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.NewDecoder(reply.Body).Decode(&body); err != nil {
		return nil, fmt.Errorf("Prometheus answered HTTP %d: %w", reply.StatusCode, err)
	}
	if body.Status != "success" {
		return nil, fmt.Errorf("Prometheus refused %q: %s", query, body.Error)
	}
	items := []metricValue{}
	for _, series := range body.Data.Result {
		text, _ := series.Value[1].(string)
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			continue
		}
		seconds, _ := series.Value[0].(float64)
		items = append(items, metricValue{MetricName: metric, MetricLabels: series.Metric,
			Timestamp: metav1.NewTime(time.UnixMilli(int64(seconds * 1000))), Value: *resource.NewMilliQuantity(int64(value*1000), resource.DecimalSI)})
	}
	return items, nil
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, code int, err error) {
	answer(w, code, metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Code: int32(code), Message: err.Error(), Reason: reason(code)})
}

func reason(code int) metav1.StatusReason {
	switch code {
	case http.StatusNotFound:
		return metav1.StatusReasonNotFound
	case http.StatusBadRequest:
		return metav1.StatusReasonBadRequest
	}
	return metav1.StatusReasonServiceUnavailable
}
