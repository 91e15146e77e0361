package main

import (
	"context"
	"time"

	"golang.org/x/sys/windows/svc"
)

// service answers the service manager of Windows.
type service struct {
	work func(ctx context.Context, ready func())
}

// serve works as a service if Windows started it as one, else in the foreground.
func serve(ctx context.Context, work func(ctx context.Context, ready func())) error {
	is, err := svc.IsWindowsService()
	if err != nil {
		return err
	}
	if is {
		return svc.Run("ToucanAgent", service{work})
	}
	work(ctx, func() {})
	return nil
}

// Execute works until the service is stopped or the machine goes down.
func (s service) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	status <- svc.Status{State: svc.StartPending}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.work(ctx, func() { status <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown} })
	}()
	var late <-chan time.Time
	for {
		select {
		case <-ended:
			return false, 0
		case <-late:
			return false, 0 // whatever still runs holds nothing that a new process needs
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				status <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				status <- svc.Status{State: svc.StopPending}
				stop()
				late = time.After(900 * time.Millisecond)
			}
		}
	}
}
