package main

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"syscall"

	corev1 "k8s.io/api/core/v1"
)

// enterScript mounts the pod's volumes inside its own mount namespace and then becomes the pod's program.
//
//go:embed enter.sh
var enterScript string

// starter starts processes that cannot outlive this one. The kernel ties Pdeathsig to the thread that forks, so one thread that
// never ends starts them all.
type starter struct {
	jobs     chan func()
	settings settings
}

func newStarter(s settings) (*starter, error) {
	for _, folder := range []string{"logs", "pods"} {
		if err := os.MkdirAll(filepath.Join(s.state, folder), 0o755); err != nil {
			return nil, err
		}
	}
	state, err := filepath.Abs(s.state)
	s.state = state
	st := &starter{jobs: make(chan func()), settings: s}
	go func() {
		runtime.LockOSThread()
		for job := range st.jobs {
			job()
		}
	}()
	return st, err
}

func (s *starter) start(command *exec.Cmd) error {
	result := make(chan error, 1)
	s.jobs <- func() { result <- command.Start() }
	err := <-result
	if log, isFile := command.Stdout.(*os.File); isFile {
		log.Close() // the child has its own copy
	}
	return err
}

// prepare builds the command of a pod: environment, volumes, log file.
func (p *provider) prepare(ctx context.Context, pod *corev1.Pod, ip string) (*exec.Cmd, error) {
	container := &pod.Spec.Containers[0]
	env, err := p.environment(ctx, pod, ip)
	if err != nil {
		return nil, err
	}
	argv, err := p.settings.argv(container, env)
	if err != nil {
		return nil, err
	}
	mounts, err := p.volumes(ctx, pod, ip)
	if err != nil {
		return nil, err
	}
	command := exec.Command(argv[0], argv[1:]...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if len(mounts) > 0 {
		words := append([]string{"-c", enterScript, "enter", p.starter.podFolder(pod)}, mounts...)
		command.Path, command.Args, command.Err = "/bin/sh", append(append([]string{"/bin/sh"}, words...), append([]string{"--"}, argv...)...), nil
		command.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS
	}
	command.Dir = container.WorkingDir
	for name, value := range env {
		command.Env = append(command.Env, name+"="+value)
	}
	sort.Strings(command.Env)
	name := filepath.Join(p.starter.settings.state, "logs", pod.Namespace+"_"+pod.Name+".log")
	log, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	command.Stdout, command.Stderr = log, log
	return command, err
}
