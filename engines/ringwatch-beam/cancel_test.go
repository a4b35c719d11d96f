package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	jobpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/jobmanagement_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"google.golang.org/grpc"
)

// patience of a test, on a busy machine.
const patience = time.Minute

// A jobServer begins a job that never ends by itself.
type jobServer struct {
	jobpb.UnimplementedJobServiceServer
	jobpb.UnimplementedArtifactStagingServiceServer
	at        string
	deaf      bool // does not cancel
	begun     chan struct{}
	cancelled chan string
}

func serve(t *testing.T, s *jobServer) *jobServer {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.at, s.begun, s.cancelled = lis.Addr().String(), make(chan struct{}), make(chan string, 9)
	server := grpc.NewServer()
	jobpb.RegisterJobServiceServer(server, s)
	jobpb.RegisterArtifactStagingServiceServer(server, s)
	go server.Serve(lis)
	t.Cleanup(server.Stop)
	return s
}

func (s *jobServer) Prepare(context.Context, *jobpb.PrepareJobRequest) (*jobpb.PrepareJobResponse, error) {
	return &jobpb.PrepareJobResponse{PreparationId: "plan", StagingSessionToken: "token",
		ArtifactStagingEndpoint: &pipepb.ApiServiceDescriptor{Url: s.at}}, nil
}

func (s *jobServer) ReverseArtifactRetrievalService(
	jobpb.ArtifactStagingService_ReverseArtifactRetrievalServiceServer) error {
	return nil
}

func (s *jobServer) Run(context.Context, *jobpb.RunJobRequest) (*jobpb.RunJobResponse, error) {
	return &jobpb.RunJobResponse{JobId: "job 7"}, nil
}

func (s *jobServer) GetMessageStream(_ *jobpb.JobMessagesRequest, to jobpb.JobService_GetMessageStreamServer) error {
	close(s.begun)
	<-to.Context().Done()
	return nil
}

func (s *jobServer) Cancel(_ context.Context, q *jobpb.CancelJobRequest) (*jobpb.CancelJobResponse, error) {
	s.cancelled <- q.GetJobId()
	if s.deaf {
		return nil, errors.New("jobs cannot be cancelled here")
	}
	return &jobpb.CancelJobResponse{State: jobpb.JobState_CANCELLED}, nil
}

// Who is interrupted has the job server cancel the job, tells what it says to that, and
// leaves nothing behind that workers would go on for.
func TestCancel(t *testing.T) {
	dir := alone(t)
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		s := serve(t, &jobServer{deaf: signal == syscall.SIGTERM})
		work := t.TempDir()
		var said strings.Builder
		c := exec.Command(filepath.Join(dir, "ringwatch-beam"), "--work", work, "--program", "/none",
			"--runner", "flink", "--endpoint", s.at)
		c.Stderr = &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		defer c.Process.Kill()
		select {
		case <-s.begun:
		case <-time.After(patience):
			t.Fatal("no job begins")
		}
		if wanted, _ := filepath.Glob(filepath.Join(work, ".while-*")); len(wanted) != 1 {
			t.Errorf("workers look for %q, want one file", wanted)
		}
		c.Process.Signal(signal)
		begun := time.Now()
		c.Wait()
		want := "ringwatch-beam: interrupted; the job is cancelled, and its workers end\n"
		if s.deaf {
			want = "ringwatch-beam: interrupted; the job server does not cancel the job " +
				"(jobs cannot be cancelled here): its workers end by themselves\n"
		}
		if said.String() != want || c.ProcessState.ExitCode() != exitInterrupted {
			t.Errorf("%s: exit code %d, says %q, want %q", signal, c.ProcessState.ExitCode(), said.String(), want)
		}
		if took := time.Since(begun); took > patience {
			t.Errorf("%s: it took %s", signal, took)
		}
		select {
		case id := <-s.cancelled:
			if id != "job 7" {
				t.Errorf("%s: %q is cancelled", signal, id)
			}
		default:
			t.Errorf("%s: nothing is cancelled", signal)
		}
		if left, _ := filepath.Glob(filepath.Join(work, ".while-*")); len(left) > 0 {
			t.Errorf("%s: left %q", signal, left)
		}
	}
}
