package main
import ("errors";"log";"net";"os";"time")
func serve(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 1024)
	for {
		c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		n, err := c.Read(buf)
		if n > 0 { if _, e := c.Write(buf[:n]); e != nil { return } }
		var ne net.Error
		if errors.As(err, &ne) && ne.Timeout() { continue }
		if err != nil { return }
	}
}
func main() {
	l, err := net.Listen("tcp4", "0.0.0.0:"+os.Args[1])
	if err != nil { log.Fatal(err) }
	for { c, err := l.Accept(); if err != nil { log.Print(err); continue }; go serve(c) }
}
