// A goroutine for each client.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func serve(client net.Conn) {
	defer client.Close()
	buffer := make([]byte, 4096)
	for {
		count, err := client.Read(buffer)
		if count > 0 {
			if _, broken := client.Write(buffer[:count]); broken != nil {
				return
			}
		}
		if err != nil {
			if err != io.EOF {
				fmt.Fprintln(os.Stderr, "client lost:", err)
			}
			return
		}
	}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: server PORT")
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", ":"+os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			continue
		}
		go serve(client)
	}
}
