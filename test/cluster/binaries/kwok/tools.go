//go:build tools

// Package tools pins the kwok command that the local control plane runs.
package tools

import (
	_ "sigs.k8s.io/kwok/cmd/kwok"
)
