package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	server, err := net.ListenPacket("udp", ":"+os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
	bytes := make([]byte, 65536)
	for {
		count, client, err := server.ReadFrom(bytes)
		if err != nil {
			continue
		}
		if _, err := server.WriteTo(bytes[:count], client); err != nil {
			fmt.Fprintln(os.Stderr, "server:", err)
		}
	}
}
