//go:build tools

// Package tools pins the command that lists what is in the images.
package tools

import (
	_ "github.com/anchore/syft/cmd/syft"
)
