package blob

import "testing"

// BenchmarkPut writes files of 64 MB, synced to disk each.
func BenchmarkPut(b *testing.B) {
	for _, x := range []struct{ name, key string }{{"plain", ""}, {"encrypted", keyFile(b, 1)}} {
		b.Run(x.name, func(b *testing.B) {
			s, err := Open(b.Context(), Config{DataDir: b.TempDir(), KeyFile: x.key}, now)
			must(b, err)
			b.SetBytes(64 << 20)
			for b.Loop() {
				_, err := s.Put(b.Context(), org, &pattern{left: 64 << 20}, MaxBytes)
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
	b.SetBytes(2 * MaxBytes)
	var grew uint64
	for b.Loop() {
		grew = max(grew, heapGrowth(func() {
			blob, err := s.Put(b.Context(), org, &pattern{left: MaxBytes}, MaxBytes)
			must(b, err)
			must(b, s.Check(b.Context(), org, blob.SHA256))
		}))
	}
	b.ReportMetric(float64(grew)/(1<<20), "MB-heap")
}
