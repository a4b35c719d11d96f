package main

import (
	"context"
	"math"
	"sync"
	"time"

	jobpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/jobmanagement_v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// A submission is what a job server made of a pipeline: Beam tells nobody by which name it
// can be cancelled.
type submission struct {
	mu     sync.Mutex
	over   bool
	id     string
	server *grpc.ClientConn
}

// dial is Beam's own, but for looking at what a job server answers.
func (s *submission) dial(ctx context.Context, endpoint string, wait time.Duration) (*grpc.ClientConn, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return grpc.DialContext(ctx, endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithBlock(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)), grpc.WithUnaryInterceptor(s.look))
}

// look lets calls through, and keeps the answer to the one that begins the job.
func (s *submission) look(ctx context.Context, method string, question, answer any, server *grpc.ClientConn,
	call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	begun, ok := answer.(*jobpb.RunJobResponse)
	if !ok {
		return call(ctx, method, question, answer, server, opts...)
	}
	s.mu.Lock() // whoever cancels waits for the name
	defer s.mu.Unlock()
	if s.over {
		return context.Canceled
	}
	err := call(ctx, method, question, answer, server, opts...)
	s.id, s.server = begun.GetJobId(), server
	return err
}

// cancelWithin is how long a job server may take to begin a job or to cancel one.
const cancelWithin = 3 * time.Second

// cancel has the job server cancel the job, and tells what became of it. Workers end
// without that, soon after they see that nobody wants their work: Flink's job server takes
// the word, and Flink's job goes on.
func (s *submission) cancel(ctx context.Context) string {
	ctx, end := context.WithTimeout(ctx, cancelWithin)
	defer end()
	locked := make(chan struct{})
	go func() {
		s.mu.Lock()
		close(locked)
	}()
	select {
	case <-locked:
	case <-ctx.Done():
		return "the job server does not answer: if there is a job, its workers end by themselves"
	}
	defer s.mu.Unlock()
	s.over = true
	if s.id == "" {
		return "no job had begun"
	}
	_, err := jobpb.NewJobServiceClient(s.server).Cancel(ctx, &jobpb.CancelJobRequest{JobId: s.id})
	if err != nil {
		return "the job server does not cancel the job (" + status.Convert(err).Message() +
			"): its workers end by themselves"
	}
	return "the job is cancelled, and its workers end"
}
