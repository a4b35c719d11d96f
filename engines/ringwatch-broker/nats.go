package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A stream reads a stream of JetStream from where the journal is, through a consumer of its own. The consumer
// is made anew at every start and whenever a message was lost on the way, since one that goes on
// would send that again behind later ones.
type stream struct {
	options
	h       *handover
	js      jetstream.JetStream
	name    string
	subject string
	of      jetstream.Stream
	from    string
	next    uint64 // sequence
	until   uint64 // --until-end: the last
	queue   bool   // messages go when they are acknowledged, each by itself
	ill     string

	recorded       uint64          // what comes next after what is on the disk
	unacknowledged []jetstream.Msg // handed over, ascending
}

func (o options) readNATS(ctx context.Context, p place, h *handover) error {
	servers := make([]string, len(p.hosts))
	for k, host := range p.hosts {
		servers[k] = map[bool]string{true: "tls://", false: "nats://"}[p.tls] + host
	}
	s := &stream{options: o, h: h, name: p.name, subject: p.query.Get("subject")}
	settings := []nats.Option{nats.Name("ringwatch"), nats.MaxReconnects(-1),
		nats.ReconnectWait(500 * time.Millisecond), nats.Timeout(5 * time.Second),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil && ctx.Err() == nil {
				o.note("nats: %v; it is tried again", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { o.note("the broker answers again") })}
	if o.credentials != "" {
		if strings.HasSuffix(o.credentials, ".creds") {
			settings = append(settings, nats.UserCredentials(o.credentials))
		} else {
			name, password, err := secret(o.credentials)
			if err != nil {
				return err
			}
			settings = append(settings, nats.UserInfo(name, password))
		}
	}
	connection, err := nats.Connect(strings.Join(servers, ","), settings...)
	if err != nil {
		return fmt.Errorf("nats at %s: %w", strings.Join(p.hosts, ","), err)
	}
	defer connection.Close()
	if s.js, err = jetstream.New(connection); err != nil {
		return err
	}
	return s.run(ctx)
}

func (s *stream) run(ctx context.Context) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	for s.until == 0 || s.next <= s.until {
		if err := s.consume(ctx); err != nil {
			return err
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- s.h.end() }()
	for {
		select {
		case err := <-ended:
			s.acknowledge()
			return err
		case <-s.h.news:
			s.acknowledge()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look finds the stream, and where to go on.
func (s *stream) look(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	var err error
	if s.of, err = s.js.Stream(within, s.name); err != nil {
		return fmt.Errorf("stream %s: %w", s.name, err)
	}
	info := s.of.CachedInfo()
	s.queue = info.Config.Retention == jetstream.WorkQueuePolicy
	if info.Config.Retention == jetstream.InterestPolicy {
		return fmt.Errorf("stream %s drops what nobody waits for (retention interest), "+
			"so that a restart loses messages; source it from a stream of retention limits", s.name)
	}
	// A stream that was made anew has other messages under the same sequences.
	s.from = fmt.Sprintf("nats %s %s", s.name, info.Created.UTC().Format(time.RFC3339Nano))
	if s.subject != "" {
		s.from += " " + s.subject
	}
	at, known := s.h.known[s.from]
	s.next = max(1, uint64(at))
	s.recorded = s.next
	if !known {
		for from := range s.h.known {
			if strings.HasPrefix(from, "nats "+s.name+" ") &&
				(s.subject == "" || strings.HasSuffix(from, " "+s.subject)) {
				s.note("stream %s was made anew since it was last read; it is read from its beginning", s.name)
				break
			}
		}
	}
	first, last := info.State.FirstSeq, info.State.LastSeq
	switch {
	case s.next > last+1:
		return fmt.Errorf("stream %s ends at %d, and the journal has it up to %d: "+
			"the broker lost messages. Name another --state to begin with what it has", s.name, last, s.next-1)
	case s.next < first && !s.queue:
		s.note("messages %d to %d of stream %s were gone before they were read", s.next, first-1, s.name)
		s.next = first
	}
	if s.untilEnd {
		if s.until = last; s.next > last || info.State.Msgs == 0 {
			s.until = s.next - 1
		}
		if s.until == 0 { // nothing was ever sent
			s.until, s.next = 1, 2
		}
	}
	return nil
}

// consumer makes the consumer anew, from what comes next.
func (s *stream) consumer(ctx context.Context) (jetstream.Consumer, error) {
	if _, err := s.of.Info(ctx); err != nil {
		return nil, err
	}
	if created := s.of.CachedInfo().Created.UTC().Format(time.RFC3339Nano); !strings.HasPrefix(s.from,
		fmt.Sprintf("nats %s %s", s.name, created)) {
		return nil, errMadeAnew
	}
	if err := s.js.DeleteConsumer(ctx, s.name, s.options.consumer); err != nil && !errors.Is(err,
		jetstream.ErrConsumerNotFound) {
		return nil, err
	}
	s.unacknowledged = nil // they come again
	c := jetstream.ConsumerConfig{Durable: s.options.consumer, FilterSubject: s.subject,
		AckPolicy: jetstream.AckAllPolicy, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: s.next,
		AckWait: 5 * time.Minute, MaxAckPending: -1, MaxDeliver: -1}
	if s.queue {
		c.AckPolicy, c.DeliverPolicy, c.OptStartSeq = jetstream.AckExplicitPolicy, jetstream.DeliverAllPolicy, 0
	}
	return s.js.CreateConsumer(ctx, s.name, c)
}

var errMadeAnew = errors.New("the stream was made anew while it was read; start watch again to read it from its " +
	"beginning")

// consume hands messages over until one was lost on the way, or all were read. Trouble
// of the broker is told, and tried again.
func (s *stream) consume(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, answersWithin)
	consumer, err := s.consumer(within)
	cancel()
	if errors.Is(err, errMadeAnew) {
		return err
	}
	var messages jetstream.MessagesContext
	if err == nil {
		messages, err = consumer.Messages(jetstream.PullMaxMessages(4096))
	}
	if err != nil {
		return s.again(ctx, err)
	}
	defer messages.Stop()
	if s.until > 0 {
		if info := consumer.CachedInfo(); info.NumPending == 0 { // those up to the last are of other subjects
			s.next = s.until + 1
			return nil
		}
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	arrived := make(chan jetstream.Msg, 4096)
	failed := make(chan error, 1)
	go func() {
		for {
			m, err := messages.Next()
			if err != nil {
				failed <- err
				return
			}
			select {
			case arrived <- m:
			case <-ctx.Done():
				return
			}
		}
	}()
	for last := uint64(0); ; {
		select {
		case m := <-arrived:
			if ok, err := s.take(m, &last, arrived); err != nil || !ok {
				return err
			}
			s.acknowledge() // those that came twice
		case <-s.h.news:
			s.acknowledge()
		case err := <-failed:
			return s.again(ctx, err)
		case <-ctx.Done():
			return ctx.Err()
		}
		if s.until > 0 && s.next > s.until {
			return nil
		}
	}
}

// take hands a message over with those behind it that are there already; ok is false where one is missing
// between. last is the consumer's own number of the last.
func (s *stream) take(m jetstream.Msg, last *uint64, more <-chan jetstream.Msg) (ok bool, err error) {
	for {
		meta, err := m.Metadata()
		if err != nil {
			return false, err
		}
		if meta.Sequence.Consumer != *last+1 {
			return false, s.h.flush()
		}
		*last = meta.Sequence.Consumer
		if at := meta.Sequence.Stream; at >= s.next {
			if err := s.h.give(s.from, int64(at), m.Data()); err != nil {
				return false, err
			}
			s.next = at + 1
		} // else it came twice
		s.unacknowledged = append(s.unacknowledged, m)
		if s.until > 0 && meta.NumPending == 0 {
			s.next = max(s.next, s.until+1)
		}
		if s.ill != "" {
			s.ill = ""
			s.note("the stream is read again")
		}
		select {
		case m = <-more:
		default:
			return true, s.h.flush()
		}
	}
}

// again waits, and tells why once.
func (s *stream) again(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if text := err.Error(); text != s.ill {
		s.ill = text
		s.note("nats: %s; it is tried again", text)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Second):
		return nil
	}
}

// acknowledge acknowledges what is on the disk.
func (s *stream) acknowledge() {
	if next, known := s.h.recorded()[s.from]; known {
		s.recorded = uint64(next)
	}
	n := 0
	for _, m := range s.unacknowledged {
		meta, err := m.Metadata()
		if err != nil || meta.Sequence.Stream >= s.recorded {
			break
		}
		if n++; s.queue {
			m.Ack()
		}
	}
	if n > 0 && !s.queue {
		s.unacknowledged[n-1].Ack() // and all before it
	}
	s.unacknowledged = append(s.unacknowledged[:0], s.unacknowledged[n:]...)
}
