// Command ringwatch-broker reads ratings from Kafka or NATS JetStream for ringwatch watch.
//
// ringwatch watch kafka://HOST:PORT/TOPIC runs it. On its input it is told how far the journal is, then
// what more of it is on the disk; it writes frames of messages with their positions (live.Feed says
// how), and acknowledges to the broker what is on the disk and nothing else. Where to go on is said by the
// journal, never by the broker: so each message is recorded once, whatever is killed.
//
// It is in a module of its own, so that ringwatch itself needs no broker's client.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.StringVar(&o.credentials, "credentials", "", "`FILE` with a name, and a password on the next line; of NATS "+
		"also a .creds file")
	flag.StringVar(&o.consumer, "consumer", "ringwatch",
		"the `NAME` under which the broker is told how far it was read")
	flag.BoolVar(&o.untilEnd, "until-end", false, "end with what the broker has now")
	flag.DurationVar(&o.look, "look", 10*time.Second, "look for new partitions every `TIME`")
	flag.Parse()
	o.note = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	if flag.NArg() != 1 {
		o.note("name one address: kafka://HOST:PORT/TOPIC or nats://HOST:PORT/STREAM")
		os.Exit(2)
	}
	if err := o.serve(ctx, flag.Arg(0), os.Stdin, os.Stdout); err != nil {
		os.Exit(2)
	}
}

type options struct {
	credentials, consumer string
	untilEnd              bool
	look                  time.Duration
	note                  func(format string, args ...any)
}

// A place is a broker's address, and what is to be read there.
type place struct {
	hosts []string
	name  string // of the topic or the stream
	tls   bool
	query url.Values
}

// serve reads from a broker until ctx ends or nobody listens any more; a fault is told as a frame.
func (o options) serve(ctx context.Context, address string, in io.Reader, out io.WriteCloser) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	h := &handover{to: out, out: bufio.NewWriterSize(out, 1<<20)}
	err := h.listen(in, end)
	if err == nil {
		err = o.read(ctx, address, h)
	}
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		return nil
	}
	if err != nil {
		return errors.Join(err, h.write(frame{Failed: err.Error()}, nil), h.out.Flush())
	}
	return h.flush()
}

func (o options) read(ctx context.Context, address string, h *handover) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%q is no address: %w", address, err)
	}
	p := place{strings.Split(u.Host, ","), strings.Trim(u.Path, "/"), strings.HasSuffix(u.Scheme, "+tls"), u.Query()}
	switch {
	case u.User != nil:
		return errors.New("an address has no name and password in it, as others see it; " +
			"put them into a file and name that with --broker-credentials")
	case u.Host == "" || p.name == "" || strings.Contains(p.name, "/"):
		return fmt.Errorf("%s: want %s://HOST:PORT/%s", address, u.Scheme, map[bool]string{true: "TOPIC",
			false: "STREAM"}[strings.HasPrefix(u.Scheme, "kafka")])
	}
	switch strings.TrimSuffix(u.Scheme, "+tls") {
	case "kafka":
		return o.readKafka(ctx, p, h)
	case "nats":
		return o.readNATS(ctx, p, h)
	}
	return fmt.Errorf("%s: %q is neither kafka nor nats", address, u.Scheme)
}

// secret reads a name and a password.
func secret(file string) (name, password string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	name, password, _ = strings.Cut(string(text), "\n")
	password, rest, _ := strings.Cut(password, "\n")
	name, password = strings.TrimSpace(name), strings.TrimSpace(password)
	if name == "" || password == "" || strings.TrimSpace(rest) != "" {
		return "", "", fmt.Errorf("%s: want two lines: a name, and a password", file)
	}
	return name, password, nil
}

// A position and a frame are as ringwatch's package live has them.
type position struct {
	From string `json:"from"`
	Next int64  `json:"next"`
}

type frame struct {
	From   string `json:"from,omitempty"`
	First  int64  `json:"first"`
	Next   int64  `json:"next"`
	Bytes  int    `json:"bytes"`
	Failed string `json:"failed,omitempty"`
}

// A handover hands messages over, and hears what of them is on the disk.
type handover struct {
	to    io.Closer
	out   *bufio.Writer
	known map[string]int64 // where to go on
	news  chan struct{}    // full where there is something in done
	ended chan struct{}    // closed where nothing more is told

	mu   sync.Mutex
	done map[string]int64 // by From: what comes next after what is on the disk

	frame   frame // not written yet
	data    []byte
	alone   bool // the frame has one message, of other than one line
	scratch []byte
}

// listen learns what is known, and then hears on until its end, where it calls end.
func (h *handover) listen(in io.Reader, end func()) error {
	lines := bufio.NewScanner(in)
	h.known, h.done = map[string]int64{}, map[string]int64{}
	h.news, h.ended = make(chan struct{}, 1), make(chan struct{})
	for {
		if !lines.Scan() {
			return errors.New("this is started by ringwatch watch, which tells it how far the journal is")
		}
		if len(lines.Bytes()) == 0 {
			break
		}
		var p position
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return fmt.Errorf("%q is no position: %w", lines.Text(), err)
		}
		h.known[p.From] = p.Next
	}
	go func() {
		defer end()
		defer close(h.ended)
		for lines.Scan() {
			var p position
			if json.Unmarshal(lines.Bytes(), &p) != nil {
				return
			}
			h.mu.Lock()
			h.done[p.From] = p.Next
			h.mu.Unlock()
			select {
			case h.news <- struct{}{}:
			default:
			}
		}
	}()
	return nil
}

// recorded returns how far what was handed over is on the disk, where that is new.
func (h *handover) recorded() map[string]int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	done := h.done
	h.done = map[string]int64{}
	return done
}

// end says that there is no more, and waits until all is on the disk.
func (h *handover) end() error {
	if err := h.flush(); err != nil {
		return err
	}
	if err := h.to.Close(); err != nil {
		return err
	}
	<-h.ended
	return nil
}

// mostFrame is less than ringwatch watch takes at once, by a message.
const (
	mostFrame   = 1 << 20
	mostMessage = 6 << 20
)

// give hands a message over. Those that follow one another go into one frame.
func (h *handover) give(from string, at int64, message []byte) error {
	if len(message) > mostMessage {
		message = message[:1000] // it is refused there, as it is cut
	}
	var n int
	h.scratch, n = lines(h.scratch[:0], message)
	same := h.frame.From == from && h.frame.Next == at && n == 1 && !h.alone && len(h.data)+len(h.scratch) <= mostFrame
	if !same {
		if err := h.put(); err != nil {
			return err
		}
		h.frame, h.alone = frame{From: from, First: at}, n != 1
	}
	h.frame.Next = at + 1
	h.data = append(h.data, h.scratch...)
	return nil
}

// put writes the frame that is under way.
func (h *handover) put() error {
	if h.frame.From == "" {
		return nil
	}
	h.frame.Bytes = len(h.data)
	err := h.write(h.frame, h.data)
	h.frame, h.data = frame{}, h.data[:0]
	return err
}

func (h *handover) write(f frame, data []byte) error {
	head, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if _, err = h.out.Write(append(head, '\n')); err == nil {
		_, err = h.out.Write(data)
	}
	return err
}

// flush lets all that was given out.
func (h *handover) flush() error {
	if err := h.put(); err != nil {
		return err
	}
	return h.out.Flush()
}
