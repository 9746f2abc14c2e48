// What GitOps tools make of an object: kstatus, which Helm, Flux and others read, and a health script of Argo CD. Reads an object in JSON
// per line and answers each with a line, so that one process serves all tests of a file.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// Larger than any object that the API server stores.
const longestLine = 16 << 20

type question struct {
	// Object is left as it came: unstructured has a decoder of its own, which tells integers from other numbers.
	Object json.RawMessage `json:"object"`
	// Script is a health.lua, or empty when Argo CD is not asked.
	Script string `json:"script"`
}

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type answer struct {
	Kstatus *verdict `json:"kstatus,omitempty"`
	Health  *verdict `json:"health,omitempty"`
	Error   string   `json:"error,omitempty"`
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		reply, err := assess(lines.Bytes())
		if err != nil {
			reply = answer{Error: err.Error()}
		}
		if err := answers.Encode(reply); err != nil {
			return err
		}
	}
	return lines.Err()
}

func assess(line []byte) (answer, error) {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{}, err
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(asked.Object); err != nil {
		return answer{}, err
	}
	computed, err := status.Compute(object)
	if err != nil {
		return answer{}, err
	}
	reply := answer{Kstatus: &verdict{Status: string(computed.Status), Message: computed.Message}}
	if asked.Script == "" {
		return reply, nil
	}
	reply.Health, err = health(object.Object, asked.Script)
	return reply, err
}
