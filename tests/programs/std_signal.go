// Signals in channels: Notify, Stop, Ignore, Reset and NotifyContext.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func send(s syscall.Signal) { syscall.Kill(os.Getpid(), s) }

func none(c chan os.Signal) bool {
	select {
	case <-c:
		return false
	case <-time.After(50 * time.Millisecond):
		return true
	}
}

func main() {
	c := make(chan os.Signal, 2)
	signal.Notify(c, os.Interrupt, syscall.SIGUSR1)
	send(syscall.SIGINT)
	fmt.Println(<-c)
	send(syscall.SIGUSR1)
	s := <-c
	fmt.Println(s, s == syscall.SIGUSR1)

	both := make(chan os.Signal, 1)
	signal.Notify(both, syscall.SIGUSR1)
	send(syscall.SIGUSR1)
	fmt.Println(<-c, <-both)
	signal.Stop(both)
	send(syscall.SIGUSR1)
	fmt.Println(<-c, none(both))

	fmt.Println(signal.Ignored(syscall.SIGUSR1))
	signal.Ignore(syscall.SIGUSR1)
	fmt.Println(signal.Ignored(syscall.SIGUSR1))
	send(syscall.SIGUSR1)
	fmt.Println(none(c))
	signal.Notify(c, syscall.SIGUSR1)
	fmt.Println(signal.Ignored(syscall.SIGUSR1))
	send(syscall.SIGUSR1)
	fmt.Println(<-c)
	signal.Reset(syscall.SIGUSR1, os.Interrupt)

	all := make(chan os.Signal, 1)
	signal.Notify(all)
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE, syscall.SIGWINCH} {
		send(s)
		for got := range all {
			if got != syscall.SIGURG {
				fmt.Println(got)
				break
			}
		}
	}
	signal.Stop(all)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	fmt.Println(ctx, ctx.Err())
	send(syscall.SIGTERM)
	<-ctx.Done()
	cause := context.Cause(ctx)
	fmt.Println(ctx.Err(), cause, errors.Is(cause, context.Canceled))
	stop()

	ctx, stop = signal.NotifyContext(context.Background())
	stop()
	<-ctx.Done()
	fmt.Println(ctx, ctx.Err(), context.Cause(ctx))

	func() {
		defer func() { fmt.Println(recover()) }()
		signal.Notify(nil)
	}()

	p, err := os.FindProcess(os.Getpid())
	fmt.Println(err)
	signal.Notify(c, syscall.SIGINT)
	fmt.Println(p.Signal(os.Interrupt), <-c)
}
