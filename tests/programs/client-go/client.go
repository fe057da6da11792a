// A goroutine for each direction.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

type outcome struct {
	count int64
	err   error
}

func fail(what interface{}) {
	fmt.Fprintln(os.Stderr, "client:", what)
	os.Exit(1)
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: client HOST PORT")
	}
	dialled, err := net.Dial("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		fail(err)
	}
	server := dialled.(*net.TCPConn)
	sending := make(chan outcome, 1)
	go func() {
		count, err := io.Copy(server, os.Stdin)
		sending <- outcome{count, err}
		server.CloseWrite()
	}()
	received, err := io.Copy(os.Stdout, server)
	if err != nil {
		fail(err)
	}
	server.Close()
	select {
	case sent := <-sending:
		if sent.err != nil {
			fail(sent.err)
		}
		if sent.count != received {
			fail("not everything came back")
		}
	default:
		fail("the server closed early")
	}
}
