// A goroutine for each client; no error is ever looked at.
package main

import (
	"log"
	"net"
	"os"
)

func serve(client net.Conn) {
	buffer := make([]byte, 1024)
	for {
		count, _ := client.Read(buffer) // the bug: io.EOF goes unseen, and so does a reset
		client.Write(buffer[:count])
	}
}

func main() {
	listener, err := net.Listen("tcp", ":"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			continue
		}
		go serve(client)
	}
}
