package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

type natsServer struct {
	*server.Server
	t   *testing.T
	js  jetstream.JetStream
	dir string
}

func startNATS(t *testing.T, dir string, port int) *natsServer {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir,
		NoSigs: true, NoLog: true, SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the server does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	connection, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	js, err := jetstream.New(connection)
	if err != nil {
		t.Fatal(err)
	}
	return &natsServer{s, t, js, dir}
}

func (s *natsServer) stream(c jetstream.StreamConfig) jetstream.Stream {
	s.t.Helper()
	c.Name, c.Subjects = "RATINGS", []string{"ratings.>"}
	stream, err := s.js.CreateStream(s.t.Context(), c)
	if err != nil {
		s.t.Fatal(err)
	}
	return stream
}

func (s *natsServer) address() string { return s.ClientURL() + "/RATINGS" }

func (s *natsServer) send(subject string, messages ...string) {
	s.t.Helper()
	for _, m := range messages {
		if _, err := s.js.Publish(s.t.Context(), subject, []byte(m)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// Whatever is killed, each message is in the journal once, and a run to the end finds what detect does. A
// work queue keeps what was not acknowledged, and nothing else.
func TestNATSKills(t *testing.T) {
	for name, keep := range map[string]jetstream.RetentionPolicy{"limits": jetstream.LimitsPolicy,
		"queue": jetstream.WorkQueuePolicy} {
		t.Run(name, func(t *testing.T) {
			s := startNATS(t, t.TempDir(), -1)
			stream := s.stream(jetstream.StreamConfig{Retention: keep})
			recorded, _ := killed(t, s.address(), func(from, to int) { s.send("ratings.a", rows(from, to)...) }, 1500)
			once(t, recorded, rows(0, 1500))
			info, err := stream.Info(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.js.Consumer(t.Context(), "RATINGS", "ringwatch")
			if err != nil {
				t.Fatal(err)
			}
			if keep == jetstream.WorkQueuePolicy && info.State.Msgs > 0 {
				t.Errorf("the queue has %d messages", info.State.Msgs)
			} else if n := c.CachedInfo().AckFloor.Stream; keep == jetstream.LimitsPolicy && n != 1500 {
				t.Errorf("acknowledged up to %d", n)
			}
		})
	}
}

// The server goes away and comes back.
func TestNATSBack(t *testing.T) {
	dir := t.TempDir()
	s := startNATS(t, dir, -1)
	port := s.Addr().(interface{ AddrPort() netip.AddrPort }).AddrPort().Port()
	s.stream(jetstream.StreamConfig{})
	s.send("ratings.a", rows(0, 200)...)
	l := listen(t, s.address(), nil, options{})
	l.has(200)
	s.send("ratings.a", rows(200, 300)...)
	s.Shutdown()
	s.WaitForShutdown()
	l.noted("it is tried again")
	s = startNATS(t, dir, int(port))
	s.send("ratings.a", rows(300, 400)...)
	once(t, l.has(400), rows(0, 400))
}

// What a server let go, lost or made anew is told; other subjects and deleted messages are passed over.
func TestNATSResets(t *testing.T) {
	s := startNATS(t, t.TempDir(), -1)
	stream := s.stream(jetstream.StreamConfig{})
	s.send("ratings.a", rows(0, 100)...)
	l := listen(t, s.address(), nil, options{untilEnd: true})
	l.has(100)
	<-l.ended
	s.send("ratings.a", rows(100, 300)...)
	if err := stream.DeleteMsg(t.Context(), 250); err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context(), jetstream.WithPurgeSequence(201)); err != nil {
		t.Fatal(err)
	}
	after := listen(t, s.address(), l.known, options{untilEnd: true})
	once(t, after.has(99), append(rows(200, 249), rows(250, 300)...))
	after.noted("messages 101 to 200 of stream RATINGS were gone before they were read")
	<-after.ended

	ahead := map[string]int64{}
	for from := range after.known {
		ahead[from] = 1000
	}
	lost := listen(t, s.address(), ahead, options{})
	<-lost.ended
	if lost.failed == "" {
		t.Error("a server that lost messages is read on")
	}
	s.send("ratings.b", rows(1000, 1010)...)
	s.send("ratings.a", rows(2000, 2010)...)
	b := listen(t, s.address()+"?subject=ratings.b", nil, options{untilEnd: true})
	once(t, b.has(10), rows(1000, 1010))
	<-b.ended

	if err := s.js.DeleteStream(t.Context(), "RATINGS"); err != nil {
		t.Fatal(err)
	}
	s.stream(jetstream.StreamConfig{})
	empty := listen(t, s.address(), after.known, options{untilEnd: true})
	<-empty.ended
	empty.has(0)
	empty.noted("made anew")
	s.js.DeleteStream(t.Context(), "RATINGS")
	s.stream(jetstream.StreamConfig{Retention: jetstream.InterestPolicy})
	interest := listen(t, s.address(), nil, options{})
	<-interest.ended
	if interest.failed == "" {
		t.Error("a stream that drops what nobody waits for is read")
	}
}
