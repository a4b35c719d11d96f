package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// A kafka reads all partitions of a topic, each from where the journal is. It joins no group, as one
// program alone writes to a state: what a group's rebalance would take away or give twice cannot be.
type kafka struct {
	options
	h      *handover
	client *kgo.Client
	admin  *kadm.Client
	topic  string
	id     kadm.TopicID
	next   map[int32]int64 // by partition: what comes next
	until  map[int32]int64 // --until-end: up to which
	empty  bool            // a message without a value was told
	ill    string
}

const answersWithin = 15 * time.Second

func (o options) readKafka(ctx context.Context, p place, h *handover) error {
	settings := []kgo.Opt{
		kgo.SeedBrokers(p.hosts...), kgo.ClientID("ringwatch"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(),                    // the last offset may be one of these
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), // what is gone is told, see lost
		kgo.ConsumePartitions(nil), kgo.FetchMaxBytes(8 << 20), kgo.FetchMaxWait(time.Second),
		kgo.MetadataMinAge(min(o.look, time.Second)), kgo.MetadataMaxAge(max(o.look, 2*time.Second)),
	}
	if p.tls {
		settings = append(settings, kgo.DialTLS())
	}
	if o.credentials != "" {
		name, password, err := secret(o.credentials)
		if err != nil {
			return err
		}
		switch mechanism := p.query.Get("sasl"); mechanism {
		case "", "scram-sha-512":
			settings = append(settings, kgo.SASL(scram.Auth{User: name, Pass: password}.AsSha512Mechanism()))
		case "scram-sha-256":
			settings = append(settings, kgo.SASL(scram.Auth{User: name, Pass: password}.AsSha256Mechanism()))
		case "plain":
			settings = append(settings, kgo.SASL(plain.Auth{User: name, Pass: password}.AsMechanism()))
		default:
			return fmt.Errorf("sasl=%s: want plain, scram-sha-256 or scram-sha-512", mechanism)
		}
	}
	client, err := kgo.NewClient(settings...)
	if err != nil {
		return err
	}
	defer client.Close()
	k := &kafka{options: o, h: h, client: client, admin: kadm.NewClient(client), topic: p.name, next: map[int32]int64{}}
	return k.run(ctx, p)
}

func (k *kafka) run(ctx context.Context, p place) error {
	first, cancel := context.WithTimeout(ctx, answersWithin)
	err := k.partitions(first)
	cancel()
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.New("no answer")
		}
		return fmt.Errorf("kafka at %s: %w", strings.Join(p.hosts, ","), err)
	}
	committed := make(chan struct{})
	go func() {
		defer close(committed)
		k.commit(ctx)
	}()
	looked := time.Now()
	for !k.ended() {
		wait, cancel := context.WithTimeout(ctx, time.Second)
		got := k.client.PollRecords(wait, 10000)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := k.take(ctx, got); err != nil {
			return err
		}
		if time.Since(looked) >= k.look && k.until == nil {
			looked = time.Now()
			if err := k.partitions(ctx); err != nil && errors.Is(err, errAnew) {
				return err
			} else if err != nil {
				k.told(err)
			}
		}
	}
	err = k.h.end()
	<-committed
	return err
}

// prefix names a topic as it was made once: made anew, it has other messages.
func (k *kafka) prefix() string { return fmt.Sprintf("kafka %s %x ", k.topic, k.id[:]) }

func (k *kafka) from(partition int32) string { return fmt.Sprint(k.prefix(), partition) }

var errAnew = errors.New("the topic was made anew while it was read; start watch again to read it from its beginning")

// partitions takes up the partitions that are not read yet.
func (k *kafka) partitions(ctx context.Context) error {
	all, err := k.admin.ListTopics(ctx, k.topic)
	if err != nil {
		return err
	}
	t := all[k.topic]
	if t.Err != nil {
		return fmt.Errorf("topic %s: %w", k.topic, t.Err)
	}
	fresh := len(k.next) == 0
	if !fresh && t.ID != k.id {
		return errAnew
	}
	if fresh {
		k.id = t.ID
	}
	if len(t.Partitions) <= len(k.next) {
		return nil
	}
	starts, err := k.admin.ListStartOffsets(ctx, k.topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return err
	}
	ends, err := k.admin.ListCommittedOffsets(ctx, k.topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return err
	}
	add := map[int32]kgo.Offset{}
	for n := range t.Partitions {
		if _, known := k.next[n]; known {
			continue
		}
		start, _ := starts.Lookup(k.topic, n)
		end, _ := ends.Lookup(k.topic, n)
		at, known := k.h.known[k.from(n)]
		if !known {
			at = start.Offset
		}
		if at, err = k.fits(n, at, start.Offset, end.Offset, known); err != nil {
			return err
		}
		if k.next[n] = at; k.untilEnd {
			if k.until == nil {
				k.until = map[int32]int64{}
			}
			k.until[n] = end.Offset
		}
		add[n] = kgo.NewOffset().At(at)
	}
	if fresh && len(k.h.known) > 0 {
		k.another()
	}
	k.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{k.topic: add})
	return nil
}

// another tells where the journal knows a topic of this name, and not this one.
func (k *kafka) another() {
	seen := false
	for from := range k.h.known {
		if strings.HasPrefix(from, "kafka "+k.topic+" ") {
			if seen = true; strings.HasPrefix(from, k.prefix()) {
				return
			}
		}
	}
	if seen {
		k.note("topic %s was made anew since it was last read; it is read from its beginning", k.topic)
	}
}

// fits tells where to go on, as some of a partition may be gone.
func (k *kafka) fits(n int32, at, start, end int64, known bool) (int64, error) {
	switch {
	case at > end && known:
		return 0, fmt.Errorf("partition %d of topic %s ends at %d, and the journal has it up to %d: the broker lost "+
			"messages, or is another one. "+
			"Name another --state to begin with what it has", n, k.topic, end, at)
	case at < start:
		k.note("messages %d to %d of partition %d of topic %s were gone before they were read", at, start-1, n, k.topic)
		return start, nil
	}
	return at, nil
}

// take hands over what was polled.
func (k *kafka) take(ctx context.Context, got kgo.Fetches) (err error) {
	lost := false
	got.EachError(func(_ string, partition int32, cause error) {
		switch {
		case errors.Is(cause, context.DeadlineExceeded):
		case errors.Is(cause, kerr.OffsetOutOfRange):
			lost = true
		default:
			k.told(cause)
		}
	})
	got.EachRecord(func(r *kgo.Record) {
		at, known := k.next[r.Partition]
		if err != nil || !known || r.Offset < at {
			return
		}
		value := r.Value
		if r.Attrs.IsControl() {
			value = nil
		} else if len(value) == 0 && !k.empty {
			k.empty = true
			k.note("messages without a value are passed over, as that of partition %d at %d: no rating is taken back",
				r.Partition, r.Offset)
		}
		// Offsets of what was compacted away, or never committed, are missing.
		err = k.h.give(k.from(r.Partition), r.Offset, value)
		k.next[r.Partition] = r.Offset + 1
	})
	if err == nil {
		err = k.h.flush()
	}
	if err == nil && !got.Empty() && k.ill != "" {
		k.ill = ""
		k.note("the broker answers again")
	}
	if lost && err == nil {
		return k.lost(ctx)
	}
	return err
}

// told tells of trouble once, as long as it stays the same.
func (k *kafka) told(err error) {
	if text := err.Error(); text != k.ill {
		k.ill = text
		k.note("kafka: %s; it is tried again", text)
	}
}

// lost goes on behind what the broker let go before it was read.
func (k *kafka) lost(ctx context.Context) error {
	starts, err := k.admin.ListStartOffsets(ctx, k.topic)
	if err != nil {
		k.told(err)
		return nil
	}
	ends, err := k.admin.ListEndOffsets(ctx, k.topic)
	if err != nil {
		k.told(err)
		return nil
	}
	again := map[int32]kgo.Offset{}
	var all []int32
	for n, at := range k.next {
		start, ok := starts.Lookup(k.topic, n)
		end, okEnd := ends.Lookup(k.topic, n)
		if !ok || !okEnd || start.Err != nil || end.Err != nil {
			continue
		}
		at, err := k.fits(n, at, start.Offset, end.Offset, true)
		if err != nil {
			return err
		}
		if at != k.next[n] {
			k.next[n], again[n], all = at, kgo.NewOffset().At(at), append(all, n)
		}
	}
	if len(all) > 0 {
		k.client.RemoveConsumePartitions(map[string][]int32{k.topic: all})
		k.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{k.topic: again})
	}
	return nil
}

// ended tells whether all was read that there was at the start.
func (k *kafka) ended() bool {
	for n, end := range k.until {
		if k.next[n] < end {
			return false
		}
	}
	return k.until != nil
}

// commit tells the broker what is on the disk, for those who look there how far it was read.
func (k *kafka) commit(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for told, ended := false, false; !ended; {
		select {
		case <-k.h.ended:
			ended = true
		case <-ctx.Done():
			ended = true
		case <-tick.C:
		}
		offsets := kadm.Offsets{}
		for from, next := range k.h.recorded() {
			var n int32
			if rest, ours := strings.CutPrefix(from, k.prefix()); ours {
				if _, err := fmt.Sscan(rest, &n); err == nil {
					offsets.AddOffset(k.topic, n, next, -1)
				}
			}
		}
		if len(offsets) == 0 {
			continue
		}
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		err := k.admin.CommitAllOffsets(within, k.consumer, offsets)
		cancel()
		if err != nil && !told {
			told = true
			k.note("the broker takes no note of how far it was read, for group %s: %v; that harms nothing here",
				k.consumer, err)
		}
	}
}
