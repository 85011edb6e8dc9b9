// bridge connects a cluster of this machine to its Prometheus, in both directions:
//
//   - it serves external.metrics.k8s.io from Prometheus queries, so that the real HorizontalPodAutoscaler scales by the same query as
//     a policy does (behind the API server's aggregation layer, TLS with a client certificate);
//   - it serves Prometheus' HTTP service discovery, for a Prometheus that is built without Kubernetes discovery.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

type settings struct {
	kubeconfig, listen, listenTLS, certificate, key, clientCA, prometheus string
}

func parseFlags() (s settings) {
	flag.StringVar(&s.kubeconfig, "kubeconfig", os.Getenv("KUBECONFIG"), "administrator's kubeconfig")
	flag.StringVar(&s.listen, "listen", "127.0.0.1:0", "plain HTTP: /targets and /healthz")
	flag.StringVar(&s.listenTLS, "listen-tls", "127.0.0.1:0", "TLS: the external metrics API")
	flag.StringVar(&s.certificate, "tls-cert", "", "serving certificate")
	flag.StringVar(&s.key, "tls-key", "", "its key")
	flag.StringVar(&s.clientCA, "client-ca", "", "authority of the API server's front-proxy certificate")
	flag.StringVar(&s.prometheus, "prometheus", "", "URL of Prometheus")
	flag.Parse()
	return s
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	if err := run(ctx, parseFlags()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, s settings) error {
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(s.clientCA)
	if err != nil {
		return err
	}
	frontProxy := x509.NewCertPool()
	if !frontProxy.AppendCertsFromPEM(authority) {
		return fmt.Errorf("%s holds no certificate", s.clientCA)
	}
	plain := http.NewServeMux()
	plain.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	plain.Handle("GET /targets", newTargets(ctx, client))
	metrics := &http.Server{Addr: s.listenTLS, Handler: newExternalMetrics(client, s.prometheus),
		TLSConfig: &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: frontProxy}}
	discovery := &http.Server{Addr: s.listen, Handler: plain}

	failed := make(chan error, 2)
	go func() { failed <- metrics.ListenAndServeTLS(s.certificate, s.key) }()
	go func() { failed <- discovery.ListenAndServe() }()
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return errors.Join(err, metrics.Shutdown(grace), discovery.Shutdown(grace))
}
