package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// refreshPeriod is how soon a changed ConfigMap or Secret shows in a volume; a kubelet takes up to a minute.
const refreshPeriod = 10 * time.Second

func (s *starter) podFolder(pod *corev1.Pod) string {
	return filepath.Join(s.settings.state, "pods", string(pod.UID))
}

func (s *starter) removeVolumes(pod *corev1.Pod) {
	if err := os.RemoveAll(s.podFolder(pod)); err != nil {
		log.Printf("removing volumes of %s/%s: %v", pod.Namespace, pod.Name, err)
	}
}

// volumes fills the pod's volumes and returns (source, target) pairs for enter.sh. What can change is refreshed until ctx ends.
func (p *provider) volumes(ctx context.Context, pod *corev1.Pod, ip string) ([]string, error) {
	sources := map[string]string{}
	for n := range pod.Spec.Volumes {
		volume := &pod.Spec.Volumes[n]
		if volume.HostPath != nil {
			sources[volume.Name] = volume.HostPath.Path
			continue
		}
		folder := filepath.Join(p.starter.podFolder(pod), "volumes", volume.Name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
		filler := &filler{provider: p, pod: pod, ip: ip, folder: folder}
		if err := filler.fill(ctx, volume); err != nil {
			return nil, fmt.Errorf("volume %s: %w", volume.Name, err)
		}
		if volume.EmptyDir == nil {
			go filler.keepFresh(ctx, volume)
		}
		sources[volume.Name] = folder
	}
	var pairs []string
	for _, mount := range pod.Spec.Containers[0].VolumeMounts {
		pairs = append(pairs, filepath.Join(sources[mount.Name], mount.SubPath), mount.MountPath)
	}
	return pairs, nil
}

// filler writes one volume's files.
type filler struct {
	provider *provider
	pod      *corev1.Pod
	ip       string
	folder   string
	renewAt  time.Time // of the token, if it holds one
}

func (f *filler) keepFresh(ctx context.Context, volume *corev1.Volume) {
	for pause(ctx, refreshPeriod) {
		if err := f.fill(ctx, volume); err != nil && ctx.Err() == nil {
			log.Printf("refreshing volume %s of %s/%s: %v", volume.Name, f.pod.Namespace, f.pod.Name, err)
		}
	}
}

func (f *filler) fill(ctx context.Context, volume *corev1.Volume) error {
	switch {
	case volume.EmptyDir != nil:
		return nil
	case volume.ConfigMap != nil:
		return f.configMap(ctx, volume.ConfigMap.Name, volume.ConfigMap.Items, volume.ConfigMap.Optional)
	case volume.Secret != nil:
		return f.secret(ctx, volume.Secret.SecretName, volume.Secret.Items, volume.Secret.Optional)
	case volume.DownwardAPI != nil:
		return f.downward(volume.DownwardAPI.Items)
	case volume.Projected != nil:
		for n := range volume.Projected.Sources {
			if err := f.projected(ctx, &volume.Projected.Sources[n]); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("this node does not offer this kind of volume")
}

func (f *filler) projected(ctx context.Context, source *corev1.VolumeProjection) error {
	switch {
	case source.ConfigMap != nil:
		return f.configMap(ctx, source.ConfigMap.Name, source.ConfigMap.Items, source.ConfigMap.Optional)
	case source.Secret != nil:
		return f.secret(ctx, source.Secret.Name, source.Secret.Items, source.Secret.Optional)
	case source.DownwardAPI != nil:
		return f.downward(source.DownwardAPI.Items)
	case source.ServiceAccountToken != nil:
		return f.token(ctx, source.ServiceAccountToken)
	}
	return fmt.Errorf("this node does not offer this kind of projection")
}

func (f *filler) configMap(ctx context.Context, name string, items []corev1.KeyToPath, optional *bool) error {
	values, err := f.provider.configMap(ctx, f.pod.Namespace, name, optional)
	if err != nil {
		return err
	}
	return f.writeAll(values, items)
}

func (f *filler) secret(ctx context.Context, name string, items []corev1.KeyToPath, optional *bool) error {
	values, err := f.provider.secret(ctx, f.pod.Namespace, name, optional)
	if err != nil {
		return err
	}
	return f.writeAll(values, items)
}

func (f *filler) downward(items []corev1.DownwardAPIVolumeFile) error {
	for _, item := range items {
		if item.FieldRef == nil {
			return fmt.Errorf("%s: only fieldRef is offered", item.Path)
		}
		value, err := field(f.pod, f.ip, item.FieldRef.FieldPath)
		if err != nil {
			return err
		}
		if err := f.write(item.Path, value); err != nil {
			return err
		}
	}
	return nil
}

// token asks for a service account token bound to the pod and renews it at 80 % of its life, as a kubelet does.
func (f *filler) token(ctx context.Context, projection *corev1.ServiceAccountTokenProjection) error {
	if time.Now().Before(f.renewAt) {
		return nil
	}
	account := f.pod.Spec.ServiceAccountName
	if account == "" {
		account = "default"
	}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: projection.ExpirationSeconds,
		BoundObjectRef:    &authenticationv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: f.pod.Name, UID: f.pod.UID},
	}}
	if projection.Audience != "" {
		request.Spec.Audiences = []string{projection.Audience}
	}
	granted, err := f.provider.client.CoreV1().ServiceAccounts(f.pod.Namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	f.renewAt = time.Now().Add(time.Until(granted.Status.ExpirationTimestamp.Time) * 8 / 10)
	return f.write(projection.Path, granted.Status.Token)
}

func (f *filler) writeAll(values map[string]string, items []corev1.KeyToPath) error {
	if items == nil {
		for key := range values {
			items = append(items, corev1.KeyToPath{Key: key, Path: key})
		}
	}
	for _, item := range items {
		if value, found := values[item.Key]; found {
			if err := f.write(item.Path, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// write replaces a file atomically, so that a reader sees the old or the new content.
func (f *filler) write(name, content string) error {
	path := filepath.Join(f.folder, name)
	if old, err := os.ReadFile(path); err == nil && string(old) == content {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	scratch := filepath.Join(filepath.Dir(path), "..new-"+filepath.Base(path))
	if err := os.WriteFile(scratch, []byte(content), 0o644); err != nil {
		return err
	}
	return os.Rename(scratch, path)
}
