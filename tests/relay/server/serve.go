// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"
	pushv1 "github.com/grafana/pyroscope/api/gen/proto/go/push/v1"
	"github.com/grafana/pyroscope/api/gen/proto/go/push/v1/pushv1connect"
)

// What the next requests get, by /control?mode=MODE[&count=N]; ok without count: for good.
type server struct {
	mu        sync.Mutex
	mode      string
	count     int
	arg       string
	out       *os.File
	requests  map[string]int // by mode
	window    bool
	auth      string // what Authorization must be; "": nothing
	elsewhere int    // requests that came to the place of a redirect, with credentials or not
	last      time.Time
	early     int // requests that came before Retry-After was over
}

func (s *server) next() (string, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mode, arg := s.mode, s.arg
	if s.count > 0 {
		if s.count--; s.count == 0 {
			s.mode = "ok"
		}
	}
	if time.Now().Before(s.last) {
		s.early++
	}
	s.last = time.Time{}
	if mode == "429" || mode == "503" {
		seconds, _ := strconv.Atoi(arg)
		s.last = time.Now().Add(time.Duration(seconds) * time.Second)
	}
	s.requests[mode]++
	return mode, arg
}

func (s *server) Push(_ context.Context, req *connect.Request[pushv1.PushRequest]) (*connect.Response[pushv1.PushResponse], error) {
	r, err := checkRequest(req.Msg, s.window)
	if err != nil {
		s.mu.Lock()
		s.requests["invalid"]++
		s.mu.Unlock()
		return nil, connect.NewError(connect.CodeInvalidArgument, err)
	}
	line, _ := json.Marshal(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.out.Write(append(line, '\n')); err != nil {
		return nil, connect.NewError(connect.CodeInternal, err)
	}
	return connect.NewResponse(&pushv1.PushResponse{}), nil
}

// Ends the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		c.Close()
	}
}

// A writer whose answer nobody gets.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}

func (s *server) misbehave(push http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.auth != "" && r.Header.Get("Authorization") != s.auth {
			s.mu.Lock()
			s.requests["unauthorized"]++
			s.mu.Unlock()
			http.Error(w, "no credentials", http.StatusUnauthorized)
			return
		}
		mode, arg := s.next()
		switch mode {
		case "429", "503":
			code, _ := strconv.Atoi(mode)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Retry-After", arg)
			w.WriteHeader(code)
			fmt.Fprint(w, `{"code":"resource_exhausted","message":"limit of 1024 profiles\nreached"}`)
		case "400", "404", "413", "500", "502":
			code, _ := strconv.Atoi(mode)
			http.Error(w, "made to fail", code)
		case "hang": // takes it, and never answers
			push.ServeHTTP(nowhere{http.Header{}}, r)
			<-r.Context().Done()
		case "die": // takes it, and dies before its answer
			push.ServeHTTP(nowhere{http.Header{}}, r)
			hangUp(w)
		case "crash": // has read it, and dies before it has taken it
			io.Copy(io.Discard, r.Body)
			hangUp(w)
		case "redirect":
			http.Redirect(w, r, arg, http.StatusTemporaryRedirect)
		case "nonsense": // as a portal does
			push.ServeHTTP(nowhere{http.Header{}}, r)
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>Welcome\x00\x1b[31m</html>")
		case "garbage":
			push.ServeHTTP(nowhere{http.Header{}}, r)
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				c.Write([]byte(strings.Repeat("\xff\x00nonsense", 1000)))
				c.Close()
			}
		case "endless":
			push.ServeHTTP(nowhere{http.Header{}}, r)
			w.Header().Set("Content-Type", "application/proto")
			for block := make([]byte, 65536); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		case "headers":
			push.ServeHTTP(nowhere{http.Header{}}, r)
			for i := 0; i < 4000; i++ {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
			}
			w.WriteHeader(http.StatusOK)
		default:
			push.ServeHTTP(w, r)
		}
	})
}

func (s *server) control(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if mode := r.FormValue("mode"); mode != "" {
		s.mode, s.arg = mode, r.FormValue("arg")
		s.count, _ = strconv.Atoi(r.FormValue("count"))
	}
	if window := r.FormValue("window"); window != "" {
		s.window = window == "1"
	}
	if user := r.FormValue("user"); user != "" {
		q := &http.Request{Header: http.Header{}}
		q.SetBasicAuth(user, r.FormValue("password"))
		s.auth = q.Header.Get("Authorization")
	} else if token := r.FormValue("token"); token != "" {
		s.auth = "Bearer " + token
	}
	json.NewEncoder(w).Encode(map[string]any{"mode": s.mode, "requests": s.requests,
		"elsewhere": s.elsewhere, "early": s.early})
}

func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	out := flags.String("out", "", "where profiles are stored, a line each")
	port := flags.Int("port", 0, "of the server")
	admin := flags.Int("admin", 0, "port of /control")
	cert := flags.String("cert", "", "certificate: TLS")
	key := flags.String("key", "", "its key")
	flags.Parse(args)
	file, err := os.OpenFile(*out, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	s := &server{mode: "ok", out: file, requests: map[string]int{}}
	path, handler := pushv1connect.NewPusherServiceHandler(s)
	mux := http.NewServeMux()
	mux.Handle(path, s.misbehave(handler))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.elsewhere++
		s.mu.Unlock()
	})
	control := http.NewServeMux()
	control.HandleFunc("/control", s.control)
	failed := make(chan error, 2)
	// /control answers when both ports do.
	pushes, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		return err
	}
	controls, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *admin))
	if err != nil {
		return err
	}
	go func() { failed <- http.Serve(controls, control) }()
	go func() {
		if *cert != "" {
			failed <- http.ServeTLS(pushes, mux, *cert, *key)
		} else {
			failed <- http.Serve(pushes, mux)
		}
	}()
	return errors.Join(<-failed)
}

func ask(args []string) error {
	url := "http://127.0.0.1:" + args[0] + "/control?" + strings.Join(args[1:], "&")
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}
