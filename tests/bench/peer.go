// peer - what the programs are compared with, written as one would in Go.
//
// usage: peer relay LISTEN UPSTREAM    io.Copy both ways, each end passed on with CloseWrite
//        peer echo LISTEN              the notes' server: a goroutine a connection, a line of log a read
//        peer quiet-echo LISTEN        the same without its log
package main

import (
	"io"
	"log"
	"net"
	"os"
	"sync"
)

func relay(client *net.TCPConn, upstream string) {
	defer client.Close()
	c, err := net.Dial("tcp", upstream)
	if err != nil {
		return
	}
	server := c.(*net.TCPConn)
	defer server.Close()
	var both sync.WaitGroup
	both.Add(2)
	one := func(to, from *net.TCPConn) {
		io.Copy(to, from)
		to.CloseWrite()
		both.Done()
	}
	go one(server, client)
	go one(client, server)
	both.Wait()
}

func echo(c net.Conn, quiet bool) {
	defer c.Close()
	data := make([]byte, 4096)
	for {
		n, err := c.Read(data)
		if err != nil {
			return
		}
		if !quiet {
			log.Printf("%s reading data from client: %s", c.RemoteAddr(), data[:n])
		}
		if _, err = c.Write(data[:n]); err != nil {
			return
		}
	}
}

func main() {
	log.SetOutput(os.Stdout)
	l, err := net.Listen("tcp", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		if os.Args[1] == "relay" {
			go relay(c.(*net.TCPConn), os.Args[3])
		} else {
			go echo(c, os.Args[1] == "quiet-echo")
		}
	}
}
