package blob

import (
	"io"
	"runtime"
	"testing"
)

// BenchmarkPut writes files of 64 MB, synced to disk each.
func BenchmarkPut(b *testing.B) {
	for _, x := range []struct{ name, key string }{{"plain", ""}, {"encrypted", keyFile(b, 1)}} {
		b.Run(x.name, func(b *testing.B) {
			s, err := Open(b.Context(), Config{DataDir: b.TempDir(), KeyFile: x.key}, now)
			must(b, err)
			b.SetBytes(64 << 20)
			for b.Loop() {
				_, err := s.Put(b.Context(), org, &pattern{left: 64 << 20, each: func() {}}, MaxBytes)
				must(b, err)
			}
		})
	}
}

// BenchmarkLargest puts and reads one file of 2 GB, encrypted, and reports how far
// the heap grew.
func BenchmarkLargest(b *testing.B) {
	s, err := Open(b.Context(), Config{DataDir: b.TempDir(), KeyFile: keyFile(b, 1)}, now)
	must(b, err)
	var m runtime.MemStats
	var peak uint64
	watch := func() { runtime.ReadMemStats(&m); peak = max(peak, m.HeapInuse) }
	runtime.GC()
	watch()
	before := peak
	b.SetBytes(2 * MaxBytes)
	for b.Loop() {
		blob, err := s.Put(b.Context(), org, &pattern{left: MaxBytes, each: watch}, MaxBytes)
		must(b, err)
		r, err := s.Open(b.Context(), org, blob.SHA256)
		must(b, err)
		_, err = io.Copy(io.Discard, io.TeeReader(r, &every{each: watch}))
		must(b, err)
		must(b, r.Close())
	}
	b.ReportMetric(float64(peak-before)/(1<<20), "MB-heap")
}
