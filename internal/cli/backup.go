package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Backup writes the embedded database and the files of evidence to one file.
type Backup struct {
	DataDir string `env:"TOUCAN_DATA_DIR" default:"toucan-data" type:"existingdir" placeholder:"DIR" help:"Folder of the embedded database."`
	Blobs   string `env:"TOUCAN_BLOBS" placeholder:"PLACE" help:"Where files are kept, if not in the folder blobs of the data folder."`
	Out     string `required:"" placeholder:"FILE" help:"File to write, such as toucan-2026-11-24.tar.gz."`
}

// Example implements exampler.
func (Backup) Example() string {
	return "toucan backup --data-dir /var/lib/toucan --out toucan-backup.tar.gz"
}

// Run refuses to overwrite a file. Keys are not in a backup; they are kept apart on
// purpose. Files in S3-compatible storage are not either: they are backed up there.
func (c *Backup) Run(ctx context.Context, a *App) error {
	if _, err := os.Stat(c.Out); err == nil {
		return problem.Field("out", c.Out+" exists. Choose another name; a backup never overwrites anything.")
	}
	w, finish, err := a.create(c.Out)
	if err != nil {
		return err
	}
	blobs, elsewhere := c.Blobs, strings.Contains(c.Blobs, "://")
	switch {
	case elsewhere:
		blobs = ""
	case blobs == "":
		blobs = filepath.Join(c.DataDir, "blobs")
	}
	files, err := db.BackupFolder(ctx, c.DataDir, blobs, w, a.Now())
	if err := finish(err); err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "Wrote %s: the database and %d files. The keys in %s/keys are not in it: keep a copy of them somewhere else.\n", c.Out, files.Files, c.DataDir)
	if elsewhere {
		fmt.Fprintf(a.Stderr, "The files of evidence in %s are not in it: back the bucket up as well, after the database.\n", c.Blobs)
	}
	sayDamaged(a, files)
	return nil
}

// sayDamaged names the files that were damaged when the backup was made.
func sayDamaged(a *App, files blob.Packed) {
	for _, d := range files.Damaged {
		fmt.Fprintf(a.Stderr, "The file with SHA-256 %s is damaged. Look for it in an older backup.\n", d)
	}
}

// Restore unpacks a backup.
type Restore struct {
	DataDir string `env:"TOUCAN_DATA_DIR" default:"toucan-data" placeholder:"DIR" help:"Folder to restore into; it must be empty or absent."`
	From    string `required:"" type:"existingfile" placeholder:"FILE" help:"A file written by toucan backup."`
}

// Example implements exampler.
func (Restore) Example() string {
	return "toucan restore --from toucan-backup.tar.gz --data-dir /var/lib/toucan"
}

// Run checks every hash before anything appears under the folder's name.
func (c *Restore) Run(ctx context.Context, a *App) error {
	f, err := os.Open(c.From)
	if err != nil {
		return problem.New(problem.Invalid, "Cannot read %s: %v.", c.From, err)
	}
	defer f.Close()
	m, files, err := db.Restore(ctx, c.DataDir, f)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "Restored the backup of %s into %s, with %d files in %s. Put the keys back into %s/keys before you start the server.\n",
		m.CreatedAt.UTC().Format("2 January 2006 15:04 MST"), c.DataDir, files.Files, filepath.Join(c.DataDir, "blobs"), c.DataDir)
	sayDamaged(a, files)
	return nil
}
