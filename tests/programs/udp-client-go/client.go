package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, "client:", err)
	os.Exit(1)
}

func answered(server net.Conn, ping string) bool {
	bytes := make([]byte, 65536)
	server.SetReadDeadline(time.Now().Add(time.Second))
	for {
		count, err := server.Read(bytes)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return false
		}
		if err != nil {
			fail(err)
		}
		if string(bytes[:count]) == ping {
			return true
		}
	}
}

func main() {
	server, err := net.Dial("udp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		fail(err)
	}
	for number := 1; number <= 3; number++ {
		ping := fmt.Sprintf("ping %d", number)
		done := false
		for try := 0; try < 3 && !done; try++ {
			if _, err := server.Write([]byte(ping)); err != nil {
				fail(err)
			}
			done = answered(server, ping)
		}
		if !done {
			fmt.Printf("%s: no answer\n", ping)
			os.Exit(1)
		}
		fmt.Printf("%s: answered\n", ping)
	}
}
