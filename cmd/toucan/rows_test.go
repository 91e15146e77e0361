package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestRowsAreAskedWhetherTheyEnded finds loops over rows that take an error of the
// database for the end of the answer. Most of the code uses db.Each, which asks; the
// linter that is there for it does not see into another package.
func TestRowsAreAskedWhetherTheyEnded(t *testing.T) {
	loops := 0
	err := filepath.WalkDir("../../internal", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			next, asked := map[string]token.Pos{}, map[string]bool{}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ForStmt:
					if x := called(n.Cond, "Next"); strings.HasSuffix(strings.ToLower(x), "rows") {
						next[x] = n.Pos()
					}
				case *ast.CallExpr:
					for _, name := range []string{"Err", "Error"} { // the second of rows of a sheet
						if x := called(n, name); x != "" {
							asked[x] = true
						}
					}
				}
				return true
			})
			for x, at := range next {
				loops++
				if !asked[x] {
					t.Errorf("%s: %s.Err is not called", set.Position(at), x)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if loops < 20 {
		t.Errorf("%d loops over rows were found; the test looks for something else than it did", loops)
	}
}

// called returns x where e is the call x.name().
func called(e ast.Expr, name string) string {
	c, ok := e.(*ast.CallExpr)
	if !ok {
		return ""
	}
	s, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return ""
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return x.Name
}
