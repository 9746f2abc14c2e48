package main

import (
	"context"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Argo CD gives a script this long.
const patience = time.Second

var known = map[string]bool{"Healthy": true, "Progressing": true, "Degraded": true, "Suspended": true, "Missing": true, "Unknown": true}

// health runs a script with what Argo CD gives it and no more: the base and table libraries and the global obj. There is no string library, so that
// a script that passes here does not depend on a setting of the user's.
func health(object map[string]any, script string) (*verdict, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf("the script returns a %s, not a table: end it with return hs", state.Get(-1).Type())
	}
	said := &verdict{Status: textOf(table, "status"), Message: textOf(table, "message")}
	if !known[said.Status] {
		return nil, fmt.Errorf("the script gives the health %q, which Argo CD does not know", said.Status)
	}
	return said, nil
}

func textOf(table *lua.LTable, field string) string {
	return lua.LVAsString(table.RawGetString(field))
}

// toLua takes what the decoder of unstructured objects makes: maps, lists, strings, bools, int64 and float64.
func toLua(state *lua.LState, value any) lua.LValue {
	switch given := value.(type) {
	case bool:
		return lua.LBool(given)
	case string:
		return lua.LString(given)
	case int64:
		return lua.LNumber(given)
	case float64:
		return lua.LNumber(given)
	case []any:
		list := state.NewTable()
		for _, item := range given {
			list.Append(toLua(state, item))
		}
		return list
	case map[string]any:
		table := state.NewTable()
		for name, item := range given {
			table.RawSetString(name, toLua(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}
