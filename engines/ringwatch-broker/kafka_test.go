package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

type cluster struct {
	*kfake.Cluster
	t      *testing.T
	client *kgo.Client
}

func startKafka(t *testing.T, partitions int32, o ...kfake.Opt) *cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(2), kfake.SeedTopics(partitions, "ratings")},
		o...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &cluster{c, t, connect(t, c.ListenAddrs())}
}

func connect(t *testing.T, hosts []string, o ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(hosts...),
		kgo.RecordPartitioner(kgo.ManualPartitioner())}, o...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func (c *cluster) address() string {
	return "kafka://" + strings.Join(c.ListenAddrs(), ",") + "/ratings"
}

// send sends messages to the partitions in turn.
func (c *cluster) send(partitions int, messages ...string) {
	c.t.Helper()
	for k, m := range messages {
		c.client.Produce(context.Background(), &kgo.Record{Topic: "ratings", Partition: int32(k % partitions),
			Value: []byte(m)}, func(_ *kgo.Record, err error) {
			if err != nil {
				c.t.Error(err)
			}
		})
	}
	if err := c.client.Flush(context.Background()); err != nil {
		c.t.Error(err)
	}
}

// Whatever is killed, each message is in the journal once, and a run to the end finds what detect does.
func TestKafkaKills(t *testing.T) {
	c := startKafka(t, 3)
	recorded, _ := killed(t, c.address(), func(from, to int) { c.send(3, rows(from, to)...) }, 4000)
	once(t, recorded, rows(0, 4000))
	offsets, err := kadm.NewClient(c.client).FetchOffsets(t.Context(), "ringwatch")
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	offsets.Each(func(o kadm.OffsetResponse) { n += o.At })
	if n != 4000 {
		t.Errorf("the broker was told of %d messages", n)
	}
}

// Leaders move, partitions are added, and what was read is not read again.
func TestKafkaChanges(t *testing.T) {
	c := startKafka(t, 2)
	c.send(2, rows(0, 500)...)
	l := listen(t, c.address(), nil, options{})
	l.has(500)
	for k := range 4 {
		c.ShufflePartitionLeaders()
		c.send(2, rows(500+100*k, 600+100*k)...)
	}
	l.has(900)
	if _, err := kadm.NewClient(c.client).CreatePartitions(t.Context(), 2, "ratings"); err != nil {
		t.Fatal(err)
	}
	c.client = connect(t, c.ListenAddrs()) // which knows them
	c.send(4, rows(900, 1000)...)
	once(t, l.has(1000), rows(0, 1000))
	l.stop()
	c.send(4, rows(1000, 1100)...)
	l = listen(t, c.address(), l.known, options{untilEnd: true})
	once(t, l.has(100), rows(1000, 1100))
	<-l.ended
}

// The brokers go away and come back.
func TestKafkaBack(t *testing.T) {
	var ports []int
	for range 1 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		l.Close()
	}
	dir := filepath.Join(t.TempDir(), "kafka")
	start := func() *cluster {
		return startKafka(t, 2, kfake.NumBrokers(1), kfake.Ports(ports...), kfake.DataDir(dir))
	}
	c := start()
	c.send(2, rows(0, 300)...)
	l := listen(t, c.address(), nil, options{})
	l.has(300)
	c.Close()
	l.noted("it is tried again")
	c = start()
	c.send(2, rows(300, 600)...)
	once(t, l.has(600), rows(0, 600))
}

// What a broker let go, lost or made anew is told.
func TestKafkaResets(t *testing.T) {
	c := startKafka(t, 1)
	c.send(1, rows(0, 100)...)
	l := listen(t, c.address(), nil, options{untilEnd: true})
	l.has(100)
	<-l.ended
	c.send(1, rows(100, 300)...)
	if err := c.DeleteRecords("ratings", 0, 200); err != nil {
		t.Fatal(err)
	}
	after := listen(t, c.address(), l.known, options{untilEnd: true})
	once(t, after.has(100), rows(200, 300))
	after.noted("messages 100 to 199 of partition 0 of topic ratings were gone before they were read")
	<-after.ended

	ahead := map[string]int64{}
	for from := range after.known {
		ahead[from] = 1000
	}
	lost := listen(t, c.address(), ahead, options{})
	<-lost.ended
	if !strings.Contains(lost.failed, "ends at 300, and the journal has it up to 1000") {
		t.Error(lost.failed)
	}
	reading := listen(t, c.address(), after.known, options{})
	c.send(1, rows(300, 310)...)
	reading.has(10)
	if err := c.DeleteTopic("ratings"); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateTopic("ratings", 1, nil); err != nil {
		t.Fatal(err)
	}
	<-reading.ended
	if !strings.Contains(reading.failed, "made anew") {
		t.Error(reading.failed)
	}
	c.client.PurgeTopicsFromClient("ratings")
	c.send(1, rows(500, 520)...)
	anew := listen(t, c.address(), reading.known, options{untilEnd: true})
	once(t, anew.has(20), rows(500, 520))
	anew.noted("made anew since it was last read")
}

// Messages of a transaction that was given up do not count, those without a value are passed over, and
// the end of one that was kept is the end.
func TestKafkaTransactions(t *testing.T) {
	c := startKafka(t, 1)
	tx := connect(t, c.ListenAddrs(), kgo.TransactionalID("t"))
	for k, keep := range []bool{true, false, true} {
		if err := tx.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for n := range 10 {
			if err := tx.ProduceSync(t.Context(), &kgo.Record{Topic: "ratings", Value: []byte(row(10*k +
				n))}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.EndTransaction(t.Context(), kgo.TransactionEndTry(keep)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.client.ProduceSync(t.Context(), &kgo.Record{Topic: "ratings", Key: []byte("k")}).FirstErr(); err !=
		nil {
		t.Fatal(err)
	}
	l := listen(t, c.address(), nil, options{untilEnd: true})
	<-l.ended
	once(t, l.has(20), append(rows(0, 10), rows(20, 30)...))
	l.noted("messages without a value are passed over")
}

// Who may not read is told in a line, without the password.
func TestKafkaSecrets(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "ratings"), kfake.EnableSASL(),
		kfake.Superuser("SCRAM-SHA-512", "ann", "right horse"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	address := "kafka://" + strings.Join(c.ListenAddrs(), ",") + "/ratings"
	for password, ok := range map[string]bool{"right horse": true, "wrong horse": false} {
		file := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(file, []byte("ann\n"+password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		l := listen(t, address, nil, options{untilEnd: true, credentials: file})
		<-l.ended
		if (l.failed == "") != ok || strings.Contains(l.failed, "horse") {
			t.Errorf("%s: %q", password, l.failed)
		}
	}
	nobody := listen(t, "kafka://127.0.0.1:"+strconv.Itoa(1)+"/ratings", nil, options{})
	<-nobody.ended
	if !strings.Contains(nobody.failed, "kafka at 127.0.0.1:1: ") {
		t.Error(nobody.failed)
	}
	other := listen(t, fmt.Sprint("kafka://", c.ListenAddrs()[0], "/"), nil, options{})
	<-other.ended
	if !strings.Contains(other.failed, "want kafka://HOST:PORT/TOPIC") {
		t.Error(other.failed)
	}
}
