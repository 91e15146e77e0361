// Package crash kills the real server in the middle of uploads, again and again,
// and looks at what it left: make crash runs its test, which go test ./... leaves
// out. The build tag crash lets it in.
package crash
