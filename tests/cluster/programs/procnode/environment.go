package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const ownerVariable = "SPILLWAY_CLUSTER_OWNER" // lets `down` find a pod's processes even if this node was killed

// environment resolves a container's variables: what every pod has, then envFrom, then env, each later one winning.
func (p *provider) environment(ctx context.Context, pod *corev1.Pod, ip string) (map[string]string, error) {
	env := map[string]string{"PATH": os.Getenv("PATH"), "HOME": os.Getenv("HOME"), "HOSTNAME": pod.Name, "POD_IP": ip}
	if owner := os.Getenv(ownerVariable); owner != "" {
		env[ownerVariable] = owner
	}
	if host, port, err := net.SplitHostPort(p.settings.apiserver); err == nil {
		env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"], env["KUBERNETES_SERVICE_PORT_HTTPS"] = host, port, port
	}
	container := &pod.Spec.Containers[0]
	for _, from := range container.EnvFrom {
		values, err := p.allOf(ctx, pod.Namespace, from)
		if err != nil {
			return nil, err
		}
		for name, value := range values {
			env[from.Prefix+name] = value
		}
	}
	for _, variable := range container.Env {
		if variable.ValueFrom == nil {
			env[variable.Name] = expand(variable.Value, env)
			continue
		}
		value, found, err := p.valueFrom(ctx, pod, ip, variable.ValueFrom)
		if err != nil {
			return nil, fmt.Errorf("env %s: %w", variable.Name, err)
		}
		if found {
			env[variable.Name] = value
		}
	}
	return env, nil
}

func (p *provider) allOf(ctx context.Context, namespace string, from corev1.EnvFromSource) (map[string]string, error) {
	switch {
	case from.ConfigMapRef != nil:
		return p.configMap(ctx, namespace, from.ConfigMapRef.Name, from.ConfigMapRef.Optional)
	case from.SecretRef != nil:
		return p.secret(ctx, namespace, from.SecretRef.Name, from.SecretRef.Optional)
	}
	return nil, nil
}

func (p *provider) valueFrom(ctx context.Context, pod *corev1.Pod, ip string, source *corev1.EnvVarSource) (string, bool, error) {
	pick := func(values map[string]string, err error, name, key string, optional *bool) (string, bool, error) {
		value, found := values[key]
		if err == nil && !found && !isTrue(optional) {
			err = fmt.Errorf("%s has no key %q", name, key)
		}
		return value, found, err
	}
	switch {
	case source.FieldRef != nil:
		value, err := field(pod, ip, source.FieldRef.FieldPath)
		return value, true, err
	case source.ConfigMapKeyRef != nil:
		r := source.ConfigMapKeyRef
		values, err := p.configMap(ctx, pod.Namespace, r.Name, r.Optional)
		return pick(values, err, "ConfigMap "+r.Name, r.Key, r.Optional)
	case source.SecretKeyRef != nil:
		r := source.SecretKeyRef
		values, err := p.secret(ctx, pod.Namespace, r.Name, r.Optional)
		return pick(values, err, "Secret "+r.Name, r.Key, r.Optional)
	}
	return "", false, fmt.Errorf("this node does not offer this kind of valueFrom")
}

func isTrue(b *bool) bool { return b != nil && *b }

// configMap returns an object's data as text; a missing optional one is empty.
func (p *provider) configMap(ctx context.Context, namespace, name string, optional *bool) (map[string]string, error) {
	object, err := p.client.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, forgive(err, optional)
	}
	values := map[string]string{}
	for key, value := range object.Data {
		values[key] = value
	}
	for key, value := range object.BinaryData {
		values[key] = string(value)
	}
	return values, nil
}

func (p *provider) secret(ctx context.Context, namespace, name string, optional *bool) (map[string]string, error) {
	object, err := p.client.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, forgive(err, optional)
	}
	values := map[string]string{}
	for key, value := range object.Data {
		values[key] = string(value)
	}
	return values, nil
}

func forgive(err error, optional *bool) error {
	if isTrue(optional) && apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

var reference = regexp.MustCompile(`\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)`)

// expand replaces $(NAME) by the variable's value, as Kubernetes does; an unknown name stays as it is.
func expand(text string, env map[string]string) string {
	return reference.ReplaceAllStringFunc(text, func(match string) string {
		if match == "$$" {
			return "$"
		}
		if value, found := env[match[2:len(match)-1]]; found {
			return value
		}
		return match
	})
}

// field resolves a path of the downward API.
func field(pod *corev1.Pod, ip, fieldPath string) (string, error) {
	switch fieldPath {
	case "status.podIP", "status.podIPs":
		return ip, nil
	case "status.hostIP":
		return hostIP, nil
	case "metadata.name":
		return pod.Name, nil
	case "metadata.namespace":
		return pod.Namespace, nil
	case "metadata.uid":
		return string(pod.UID), nil
	case "metadata.labels":
		return listing(pod.Labels), nil
	case "metadata.annotations":
		return listing(pod.Annotations), nil
	case "spec.nodeName":
		return pod.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return pod.Spec.ServiceAccountName, nil
	}
	if name, found := subscript(fieldPath, "metadata.labels"); found {
		return pod.Labels[name], nil
	}
	if name, found := subscript(fieldPath, "metadata.annotations"); found {
		return pod.Annotations[name], nil
	}
	return "", fmt.Errorf("unknown field path %q", fieldPath)
}

func subscript(fieldPath, of string) (string, bool) {
	inner, found := strings.CutPrefix(fieldPath, of+"['")
	return strings.TrimSuffix(inner, "']"), found
}

func listing(values map[string]string) string {
	var lines strings.Builder
	for name, value := range values {
		fmt.Fprintf(&lines, "%s=%q\n", name, value)
	}
	return lines.String()
}

// argv builds the command line: the container's command, or the program behind its image, then its arguments.
func (s settings) argv(container *corev1.Container, env map[string]string) ([]string, error) {
	program, known := s.programs[imageName(container.Image)]
	var words []string
	if len(container.Command) == 0 {
		if !known {
			return nil, fmt.Errorf("image %s has no program on this node (flag --program) and the container has no command", container.Image)
		}
		words = append(words, program)
	}
	for _, word := range append(append([]string{}, container.Command...), container.Args...) {
		words = append(words, expand(word, env))
	}
	if known && path.Base(words[0]) == path.Base(program) {
		words[0] = program
	}
	return words, nil
}

// imageName strips registry, tag and digest: example.org/team/spillway:1.2 -> spillway.
func imageName(image string) string {
	name, _, _ := strings.Cut(path.Base(image), "@")
	name, _, _ = strings.Cut(name, ":")
	return name
}
