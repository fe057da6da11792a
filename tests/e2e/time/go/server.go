package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func answer(client net.Conn) {
	defer client.Close()
	asked := make([]byte, 1)
	for {
		if _, err := client.Read(asked); err != nil {
			return
		}
		before := time.Now()
		time.Sleep(time.Duration(asked[0]-'0') * time.Second)
		fmt.Fprintf(client, "slept %d\n", int(time.Since(before).Seconds()))
	}
}

func main() {
	listener, err := net.Listen("tcp", ":"+os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			continue
		}
		go answer(client)
	}
}
