package blob

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/toucan-grc/toucan/internal/problem"
)

// The S3 tests run against versitygw, an S3 gateway in production use elsewhere,
// in front of a folder. `make tmp/versitygw` builds it from tools/s3, a module of
// its own, so that none of its dependencies become ours.
const (
	gatewayPath = "../../tmp/versitygw"
	accessKey   = "toucan-test"
	secretKey   = "toucan-test-secret"
)

var gateway = struct {
	sync.Once
	addr, missing string
	stop          func()
}{}

func TestMain(m *testing.M) {
	code := m.Run()
	if gateway.stop != nil {
		gateway.stop()
	}
	os.Exit(code)
}

// startGateway runs the gateway until the tests end.
func startGateway() error {
	dir, err := os.MkdirTemp("", "toucan-s3-")
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	gateway.addr = l.Addr().String()
	l.Close()
	data, side := filepath.Join(dir, "data"), filepath.Join(dir, "side")
	for _, d := range []string{data, side} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, gatewayPath, "--quiet", "--port", gateway.addr, "--access", accessKey, "--secret", secretKey, "posix", "--sidecar", side, data)
	if err := cmd.Start(); err != nil {
		cancel()
		return err
	}
	gateway.stop = func() {
		cancel()
		_ = cmd.Wait() // it was killed
		os.RemoveAll(dir)
	}
	for range 200 {
		c, err := net.Dial("tcp", gateway.addr)
		if err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the gateway does not listen on %s", gateway.addr)
}

// s3Config is a new bucket on a real S3 server.
func s3Config(t testing.TB) Config {
	t.Helper()
	gateway.Do(func() {
		if _, err := os.Stat(gatewayPath); err != nil {
			gateway.missing = "the S3 server is not built: make tmp/versitygw"
			return
		}
		must(t, startGateway())
	})
	if gateway.missing != "" {
		t.Skip(gateway.missing)
	}
	name := "b" + digestOf([]byte(t.Name()))[:20]
	client := rawClient(t)
	must(t, client.MakeBucket(t.Context(), name, minio.MakeBucketOptions{}))
	return Config{DataDir: t.TempDir(), AccessKey: accessKey, SecretKey: secretKey,
		Place: "s3://" + name + "/some/prefix?region=us-east-1&endpoint=http://" + gateway.addr}
}

func rawClient(t testing.TB) *minio.Client {
	t.Helper()
	c, err := minio.New(gateway.addr, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, "")})
	must(t, err)
	return c
}

func TestS3KeysOfObjects(t *testing.T) {
	c := s3Config(t)
	s, err := Open(t.Context(), c, now)
	must(t, err)
	b := put(t, s, org, []byte("a report"))
	k := s.keeper.(*bucket)
	var keys []string
	for o := range rawClient(t).ListObjectsIter(t.Context(), k.name, minio.ListObjectsOptions{Recursive: true}) {
		must(t, o.Err)
		keys = append(keys, o.Key)
	}
	if want := "some/prefix/" + org + "/" + b.SHA256[:2] + "/" + b.SHA256; len(keys) != 1 || keys[0] != want {
		t.Errorf("keys %q, want %q", keys, want)
	}
}

// TestS3LeavesNoPartsBehind sends a file in parts and breaks off in the middle.
func TestS3LeavesNoPartsBehind(t *testing.T) {
	c := s3Config(t)
	s, err := Open(t.Context(), c, now)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	k := s.keeper.(*bucket)
	d, err := k.draft(ctx)
	must(t, err)
	defer d.drop()
	for range 4 {
		_, err := d.Write(bytesOf(partBytes))
		must(t, err)
	}
	go func() { // as soon as a part has arrived
		for ctx.Err() == nil {
			for u := range k.client.ListIncompleteUploads(ctx, k.name, k.prefix, true) {
				if u.Err == nil {
					cancel()
				}
			}
		}
	}()
	err = d.keep(ctx, org, strings.Repeat("a", 64))
	cancel()
	if err == nil {
		t.Fatal("the upload was done before it could be broken off")
	}
	if n := objects(t, s, org); n != 0 {
		t.Errorf("%d objects are visible", n)
	}
	must(t, s.Tidy(t.Context(), time.Now().Add(25*time.Hour)))
	for u := range k.client.ListIncompleteUploads(t.Context(), k.name, k.prefix, true) {
		t.Errorf("parts of %s are left, %v", u.Key, u.Err)
	}
}

func TestS3FilesInParts(t *testing.T) {
	s, err := Open(t.Context(), s3Config(t), now)
	must(t, err)
	data := bytesOf(2*partBytes + 4711)
	b := put(t, s, org, data)
	if !bytes.Equal(get(t, s, org, b.SHA256), data) {
		t.Error("it came back otherwise")
	}
}

func TestS3AddressesThatCannotBeUsed(t *testing.T) {
	c := s3Config(t)
	for _, x := range []struct {
		name, place, key, says string
	}{
		{"no bucket", "s3://", secretKey, "No bucket is named"},
		{"another bucket", strings.Replace(c.Place, "s3://b", "s3://x", 1), secretKey, "no bucket"},
		{"wrong key", c.Place, "wrong", "cannot be used"},
		{"no key", c.Place, "", "TOUCAN_S3_SECRET_KEY"},
		{"key in the address", "s3://a:b@bucket", secretKey, "do not belong into the address"},
		{"unknown option", c.Place + "&color=red", secretKey, "color"},
		{"endpoint with a path", "s3://bucket?endpoint=https://host/path", secretKey, "no address of a server"},
		{"another scheme", "ftp://host/x", secretKey, "name a folder, or s3://"},
		{"nobody listens", "s3://bucket?region=r&endpoint=http://127.0.0.1:1", secretKey, "cannot be used"},
	} {
		c := c
		c.Place, c.SecretKey = x.place, x.key
		_, err := Open(t.Context(), c, now)
		if err == nil || problem.Of(err).Field != "blobs" || !strings.Contains(problem.Of(err).Text, x.says) {
			t.Errorf("%s: %v", x.name, err)
		}
	}
}

func TestS3ThatIsGone(t *testing.T) {
	s, err := Open(t.Context(), s3Config(t), now)
	must(t, err)
	b := put(t, s, org, []byte("a report"))
	gone, err := minio.New("127.0.0.1:1", &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, ""), MaxRetries: 1, Region: "us-east-1"})
	must(t, err)
	s.keeper.(*bucket).client = gone
	if _, err := s.Put(t.Context(), org, strings.NewReader("another"), MaxBytes); err == nil || !strings.Contains(problem.Of(err).Text, "could not be kept") {
		t.Errorf("putting: %v", err)
	}
	if _, err := s.Open(t.Context(), org, b.SHA256); err == nil || !strings.Contains(problem.Of(err).Text, b.SHA256) {
		t.Errorf("opening: %v", err)
	}
}
