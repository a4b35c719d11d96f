package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// A server answers what it is asked before the work, which never ends by itself.
type server struct {
	mu    sync.Mutex
	asked []string // METHOD SESSION
	begun chan struct{}
	deaf  bool // does not interrupt
}

func (s *server) handle(_ any, stream grpc.ServerStream) error {
	full, _ := grpc.MethodFromServerStream(stream)
	method := full[strings.LastIndex(full, "/")+1:]
	kind := func(of string) proto.Message {
		m, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName("spark.connect." + of))
		if err != nil {
			panic(err)
		}
		return m.New().Interface()
	}
	q := kind(method + "Request")
	if err := stream.RecvMsg(q); err != nil {
		return err
	}
	field := func(name string) protoreflect.Value {
		m := q.ProtoReflect()
		return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(name)))
	}
	s.mu.Lock()
	s.asked = append(s.asked, method+" "+field("session_id").String())
	s.mu.Unlock()
	switch method {
	case "ExecutePlan":
		text, err := proto.Marshal(q)
		if err != nil {
			return err
		}
		if strings.Contains(string(text), "TRANSFORM") {
			close(s.begun)
			<-stream.Context().Done()
			return nil
		}
		a := kind("ExecutePlanResponse").ProtoReflect()
		set := func(m protoreflect.Message, name string, to protoreflect.Value) {
			m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(name)), to)
		}
		set(a, "session_id", field("session_id"))
		set(a, "operation_id", field("operation_id"))
		of := a.Descriptor().Fields().ByName("sql_command_result")
		result := a.Mutable(of).Message()
		result.Mutable(result.Descriptor().Fields().ByName("relation"))
		if err := stream.SendMsg(a.Interface()); err != nil {
			return err
		}
		done := kind("ExecutePlanResponse").ProtoReflect()
		set(done, "session_id", field("session_id"))
		set(done, "operation_id", field("operation_id"))
		done.Mutable(done.Descriptor().Fields().ByName("result_complete"))
		return stream.SendMsg(done.Interface())
	case "Interrupt":
		if kindOf := field("interrupt_type").Enum(); kindOf != 1 {
			return errors.New("not all is interrupted")
		}
		if s.deaf {
			return errors.New("no interruptions here")
		}
	}
	return stream.SendMsg(kind(method + "Response"))
}

// Who is interrupted has Spark interrupt the very session that works, tells what it says to
// that, and leaves nothing behind that scripts would go on for.
func TestInterrupt(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		lis, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := &server{begun: make(chan struct{}), deaf: deaf}
		g := grpc.NewServer(grpc.UnknownServiceHandler(s.handle))
		go g.Serve(lis)
		t.Cleanup(g.Stop)

		ctx, stop := context.WithCancel(t.Context())
		j := job{remote: "sc://" + lis.Addr().String(), work: t.TempDir(), program: "/none", shares: 4,
			wait: time.Minute}
		ended := make(chan error, 1)
		go func() { ended <- j.run(ctx) }()
		select {
		case <-s.begun:
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(time.Minute):
			t.Fatal("no work begins")
		}
		if wanted, _ := filepath.Glob(filepath.Join(j.work, ".while-*")); len(wanted) != 1 {
			t.Errorf("scripts look for %q, want one file", wanted)
		}
		stop()
		err = <-ended
		want := "interrupted; Spark interrupted the work, and its scripts end"
		if deaf {
			want = "interrupted; Spark does not interrupt the work (no interruptions here): " +
				"its scripts end by themselves"
		}
		if err == nil || err.Error() != want {
			t.Errorf("it says %q, want %q", err, want)
		}
		s.mu.Lock()
		var execute, interrupt string
		for _, q := range s.asked {
			if method, id, _ := strings.Cut(q, " "); method == "ExecutePlan" {
				execute = id
			} else if method == "Interrupt" {
				interrupt = id
			}
		}
		s.mu.Unlock()
		if execute == "" || execute != interrupt {
			t.Errorf("session %q works, and %q is interrupted", execute, interrupt)
		}
		if left, _ := os.ReadDir(j.work); len(left) > 0 {
			t.Errorf("left %v", left)
		}
	}
}
