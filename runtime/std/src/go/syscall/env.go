package syscall

import (
	"sync"
	_ "unsafe"
)

//go:linkname envc escargo.os_envc
func envc() int

//go:linkname envv escargo.os_envv
func envv(i int) string

var (
	envMu     sync.Mutex
	envCopied bool
	// The environment, once it has been asked for.
	env []string
)

// copyEnv takes the environment over; the lock is held.
func copyEnv() {
	if envCopied {
		return
	}
	envCopied = true
	for i := range envc() {
		env = append(env, envv(i))
	}
}

// find is the index of a variable and its value, -1 if it is not set. The last of several wins.
func find(key string) (index int, value string) {
	for i := len(env) - 1; i >= 0; i-- {
		if e := env[i]; len(e) > len(key) && e[len(key)] == '=' && e[:len(key)] == key {
			return i, e[len(key)+1:]
		}
	}
	return -1, ""
}

func Getenv(key string) (value string, found bool) {
	if key == "" {
		return "", false
	}
	envMu.Lock()
	defer envMu.Unlock()
	copyEnv()
	i, value := find(key)
	return value, i >= 0
}

// godebugChanged tells the runtime of a new value of GODEBUG.
func godebugChanged(value string)

func Setenv(key, value string) error {
	err := setenv(key, value)
	if err == nil && key == "GODEBUG" {
		godebugChanged(value)
	}
	return err
}

func setenv(key, value string) error {
	if key == "" {
		return EINVAL
	}
	for i := range len(key) {
		if key[i] == '=' || key[i] == 0 {
			return EINVAL
		}
	}
	for i := range len(value) {
		if value[i] == 0 {
			return EINVAL
		}
	}
	envMu.Lock()
	defer envMu.Unlock()
	copyEnv()
	if i, _ := find(key); i >= 0 {
		env[i] = key + "=" + value
	} else {
		env = append(env, key+"="+value)
	}
	return nil
}

func Unsetenv(key string) error {
	if key == "GODEBUG" {
		defer godebugChanged("")
	}
	envMu.Lock()
	defer envMu.Unlock()
	copyEnv()
	for {
		i, _ := find(key)
		if i < 0 {
			return nil
		}
		env = append(env[:i], env[i+1:]...)
	}
}

func Clearenv() {
	envMu.Lock()
	defer envMu.Unlock()
	envCopied = true
	env = nil
}

func Environ() []string {
	envMu.Lock()
	defer envMu.Unlock()
	copyEnv()
	return append([]string{}, env...)
}
