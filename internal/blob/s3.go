package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	partBytes   = 16 << 20 // larger files go in parts of this size, straight from the spool
	partsAtOnce = 2
	s3Tries     = 4
	s3Within    = 20 * time.Second // to answer when the server starts
	uploadsFor  = 24 * time.Hour   // how long the parts of an upload that broke off may lie about
)

// bucket keeps objects in S3-compatible storage. A file is spooled to disk first:
// its name is its digest, which is known only at its end, and a part that fails
// can be sent again without keeping it in memory. The other way, to upload under
// another name and have the storage copy it, writes everything there twice, leaves
// whole files behind when it breaks off, and costs the transfer even when the file
// turns out to be too large.
type bucket struct {
	client *minio.Client
	name   string
	prefix string // empty, or ends with a slash
	where  string
	spool  *folder
}

// s3Address is what stands behind --blobs s3://...
type s3Address struct {
	bucket, prefix, host, region string
	plain                        bool // http, such as to a server on the same machine
}

// parseS3 reads s3://bucket/prefix?endpoint=https://host:port&region=name.
func parseS3(place string) (s3Address, error) {
	fault := func(why string) error {
		return problem.Field("blobs", why+" The address of S3-compatible storage looks like s3://bucket/prefix?endpoint=https://host:port&region=name.")
	}
	u, err := url.Parse(place)
	if err != nil || u.Host == "" {
		return s3Address{}, fault("No bucket is named.")
	}
	if u.User != nil {
		return s3Address{}, fault("Keys do not belong into the address; put them into TOUCAN_S3_ACCESS_KEY and TOUCAN_S3_SECRET_KEY.")
	}
	a := s3Address{bucket: u.Host, prefix: strings.Trim(u.Path, "/"), host: "s3.amazonaws.com"}
	if a.prefix != "" {
		a.prefix += "/"
	}
	for name, values := range u.Query() {
		switch name {
		case "region":
			a.region = values[0]
		case "endpoint":
			scheme, host, ok := strings.Cut(values[0], "://")
			if !ok {
				scheme, host = "https", values[0]
			}
			host = strings.TrimSuffix(host, "/")
			if host == "" || strings.Contains(host, "/") || scheme != "https" && scheme != "http" {
				return s3Address{}, fault(fmt.Sprintf("The endpoint %q is no address of a server.", values[0]))
			}
			a.host, a.plain = host, scheme == "http"
		default:
			return s3Address{}, fault(fmt.Sprintf("%q is not known.", name))
		}
	}
	return a, nil
}

// openS3 checks that the bucket can be reached, so that a wrong address is found
// when the server starts and not when somebody sends a file.
func openS3(ctx context.Context, c Config) (*bucket, error) {
	a, err := parseS3(c.Place)
	if err != nil {
		return nil, err
	}
	if c.AccessKey == "" || c.SecretKey == "" {
		return nil, problem.Field("blobs", "S3-compatible storage needs keys. Put them into TOUCAN_S3_ACCESS_KEY and TOUCAN_S3_SECRET_KEY.")
	}
	client, err := minio.New(a.host, &minio.Options{
		Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""), Secure: !a.plain, Region: a.region, MaxRetries: s3Tries,
	})
	if err != nil {
		return nil, &problem.Error{Code: problem.Invalid, Field: "blobs", Err: err, Text: fmt.Sprintf("%q is no address of S3-compatible storage: %v.", a.host, err)}
	}
	asking, cancel := context.WithTimeout(ctx, s3Within)
	defer cancel()
	there, err := client.BucketExists(asking, a.bucket)
	if err != nil {
		return nil, &problem.Error{Code: problem.Invalid, Field: "blobs", Err: err,
			Text: fmt.Sprintf("The bucket %s at %s cannot be used: %s. Check address, region and keys.", a.bucket, a.host, s3Says(err))}
	}
	if !there {
		return nil, problem.Field("blobs", fmt.Sprintf("There is no bucket %s at %s. Make it first, and let nobody read it without keys.", a.bucket, a.host))
	}
	spool, err := openFolder(filepath.Join(c.DataDir, "spool"))
	if err != nil {
		return nil, err
	}
	return &bucket{client: client, name: a.bucket, prefix: a.prefix, where: "s3://" + a.bucket + "/" + a.prefix + " at " + a.host, spool: spool}, nil
}

// s3Says is the storage's own word for what is wrong.
func s3Says(err error) string {
	if r := minio.ToErrorResponse(err); r.Message != "" {
		return strings.TrimRight(r.Message, ". ")
	}
	return err.Error()
}

func (b *bucket) String() string { return "files in " + b.where }

func (b *bucket) key(org, name string) string { return b.prefix + pathOf(org, name) }

// upload is a file in the spool on its way to the bucket.
type upload struct {
	*fileDraft
	b *bucket
}

func (b *bucket) draft(ctx context.Context) (draft, error) {
	d, err := b.spool.draft(ctx)
	if err != nil {
		return nil, err
	}
	return upload{d.(*fileDraft), b}, nil
}

// keep sends the file. In the bucket it appears when the last part has arrived.
// The like that may be there is written over, so that its time is that of the
// last put and nobody sweeps it.
func (u upload) keep(ctx context.Context, org, name string) error {
	size, err := u.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = u.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	_, err = u.b.client.PutObject(ctx, u.b.name, u.b.key(org, name), u.File, size, minio.PutObjectOptions{
		ContentType: "application/octet-stream", PartSize: partBytes, NumThreads: partsAtOnce,
	})
	return err
}

func (b *bucket) create(ctx context.Context, org, name string, data []byte) error {
	o := minio.PutObjectOptions{ContentType: "application/octet-stream"}
	o.SetMatchETagExcept("*")
	_, err := b.client.PutObject(ctx, b.name, b.key(org, name), strings.NewReader(string(data)), int64(len(data)), o)
	if code := minio.ToErrorResponse(err).Code; code == minio.PreconditionFailed || code == "ConditionalRequestConflict" {
		return errExists
	}
	return err
}

// s3Object is an object being read. What the storage says while reading is told
// apart from what was wrong with the content.
type s3Object struct {
	*minio.Object
	bytes int64
}

func (o s3Object) size() int64 { return o.bytes }

func (o s3Object) Read(p []byte) (int, error) {
	n, err := o.Object.Read(p)
	return n, s3Absent(err)
}

func s3Absent(err error) error {
	if code := minio.ToErrorResponse(err).Code; code == minio.NoSuchKey {
		return ErrMissing
	}
	return err
}

func (b *bucket) open(ctx context.Context, org, name string) (object, error) {
	o, err := b.client.GetObject(ctx, b.name, b.key(org, name), minio.GetObjectOptions{})
	if err != nil {
		return nil, s3Absent(err)
	}
	info, err := o.Stat()
	if err != nil {
		o.Close()
		return nil, s3Absent(err)
	}
	return s3Object{o, info.Size}, nil
}

func (b *bucket) stat(ctx context.Context, org, name string) (int64, error) {
	info, err := b.client.StatObject(ctx, b.name, b.key(org, name), minio.StatObjectOptions{})
	return info.Size, s3Absent(err)
}

func (b *bucket) remove(ctx context.Context, org, name string) error {
	err := s3Absent(b.client.RemoveObject(ctx, b.name, b.key(org, name), minio.RemoveObjectOptions{}))
	if errors.Is(err, ErrMissing) {
		return nil
	}
	return err
}

func (b *bucket) each(ctx context.Context, org string, fn func(stored) error) error {
	for o := range b.client.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix + org + "/", Recursive: true}) {
		if o.Err != nil {
			return o.Err
		}
		name := o.Key[strings.LastIndexByte(o.Key, '/')+1:]
		if !isBlob(name) {
			continue
		}
		if err := fn(stored{name: name, bytes: o.Size, at: o.LastModified}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// sweep removes what is left in the spool, and the parts of uploads that broke
// off: they are not visible, and cost all the same.
func (b *bucket) sweep(ctx context.Context, before time.Time) error {
	if err := b.spool.sweep(ctx, before); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing
	for u := range b.client.ListIncompleteUploads(ctx, b.name, b.prefix, true) {
		if code := minio.ToErrorResponse(u.Err).Code; code == minio.AccessDenied || code == minio.NotImplemented || code == minio.MethodNotAllowed {
			return nil // the keys need not be allowed to; the storage then clears them away itself
		}
		if u.Err != nil {
			return u.Err
		}
		if u.Initiated.Before(before.Add(draftFor - uploadsFor)) {
			if err := b.client.RemoveIncompleteUpload(ctx, b.name, u.Key); err != nil {
				return err
			}
		}
	}
	return nil
}
