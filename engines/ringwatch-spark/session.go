package main

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/apache/spark-connect-go/spark/client/channel"
	"github.com/apache/spark-connect-go/spark/sql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// A session is Spark Connect's, with what its client does not offer: an interruption.
type session struct {
	sql.SparkSession
	*channel.BaseBuilder
	server *grpc.ClientConn
}

func newSession(ctx context.Context, remote string) (*session, error) {
	to, err := channel.NewBuilder(remote)
	if err != nil {
		return nil, err
	}
	s := &session{BaseBuilder: to}
	s.SparkSession, err = sql.NewSessionBuilder().WithChannelBuilder(s).Build(ctx)
	return s, err
}

// Build is a channel.Builder's.
func (s *session) Build(ctx context.Context) (*grpc.ClientConn, error) {
	var err error
	s.server, err = s.BaseBuilder.Build(ctx)
	return s.server, err
}

// interruptWithin is how long a server may take to interrupt work.
const interruptWithin = 3 * time.Second

// interrupted is the error of whoever was interrupted: what the cluster does.
type interrupted string

func (i interrupted) Error() string { return "interrupted; " + string(i) }

// interrupt ends all that the session does, and the session, so that nothing that is on its
// way begins. Scripts end without that, soon after they see that nobody wants their work.
func (s *session) interrupt() interrupted {
	ctx, end := context.WithTimeout(context.Background(), interruptWithin)
	defer end()
	err := s.call(ctx, "Interrupt", func(q protoreflect.Message) {
		const all = 1
		q.Set(q.Descriptor().Fields().ByName("interrupt_type"), protoreflect.ValueOfEnum(all))
	})
	if err != nil {
		return interrupted("Spark does not interrupt the work (" + status.Convert(err).Message() +
			"): its scripts end by themselves")
	}
	s.call(ctx, "ReleaseSession", func(protoreflect.Message) {}) // not all servers know it
	return "Spark interrupted the work, and its scripts end"
}

// call asks the server something about the session. The messages are known to the process
// and not to the compiler, as the client keeps them to itself.
func (s *session) call(ctx context.Context, method string, fill func(q protoreflect.Message)) error {
	// The client keeps the session's name to itself as well, and the builder's is another.
	name := reflect.Indirect(reflect.ValueOf(s.SparkSession)).FieldByName("sessionId").String()
	types, full := protoregistry.GlobalTypes, protoreflect.FullName("spark.connect."+method)
	question, err := types.FindMessageByName(full + "Request")
	if err != nil {
		return err
	}
	answer, err := types.FindMessageByName(full + "Response")
	if err != nil {
		return err
	}
	q := question.New()
	fields := q.Descriptor().Fields()
	q.Set(fields.ByName("session_id"), protoreflect.ValueOfString(name))
	user := q.Mutable(fields.ByName("user_context")).Message()
	user.Set(user.Descriptor().Fields().ByName("user_id"), protoreflect.ValueOfString(s.User()))
	fill(q)
	ctx = metadata.NewOutgoingContext(ctx, metadata.New(s.Headers()))
	return s.server.Invoke(ctx, fmt.Sprintf("/spark.connect.SparkConnectService/%s", method),
		q.Interface().(proto.Message), answer.New().Interface())
}
