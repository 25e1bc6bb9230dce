"""The core reaches the outside only through its ports: what its objects may not call."""

import glob
import os
import re

OBJECTS = True

# Whole names.  What is here for another reason than determinism says so.
BANNED = r"""
    sim_.* rd_.* rdkafka_.*
    clock_.* gettimeofday time ftime times
    nanosleep usleep sleep alarm setitimer timer_.* timerfd_.*
    pthread_cond_wait pthread_cond_timedwait pthread_cond_clockwait pthread_cond_timedwait64 pthread_mutex_timedlock
    pthread_mutex_clocklock pthread_timedjoin_np pthread_clockjoin_np pthread_tryjoin_np pthread_rwlock_.*
    pthread_barrier_.* pthread_spin_.* pthread_kill pthread_cancel pthread_sigmask sem_.* mtx_.* cnd_.* thrd_.*
    sched_yield syscall futex
    sig(?!nal_).* kill raise fork vfork clone exec[lv].* fexecve posix_spawn.* wait waitpid wait3 wait4 waitid prctl ptrace
    rand rand_r srand random srandom random_r drand48 .*rand48 arc4random.* getrandom getentropy
    getenv secure_getenv setenv putenv unsetenv getpid getppid gettid getuid geteuid gethostname uname sysconf
    getrusage getloadavg get_nprocs.*
    exit _exit _Exit quick_exit abort atexit on_exit system popen dlopen dlsym
    printf vprintf fprintf vfprintf dprintf vdprintf puts fputs putchar putc fputc perror fwrite stdout stderr stdin
    scanf fscanf gets fgets getchar fgetc getc getline
    open open64 openat openat64 creat fopen fopen64 freopen fdopen read pread write pwrite close unlink rename
    pipe pipe2 dup.* poll ppoll select pselect epoll_.* eventfd signalfd inotify_.* mmap64 shm_.*
    socket socketpair connect bind listen accept accept4 send sendto sendmsg recv recvfrom recvmsg getaddrinfo
    setjmp _setjmp longjmp siglongjmp
    strtok strerror localtime gmtime ctime asctime setlocale
    strcpy strcat sprintf vsprintf gets
""".split()

# object of the core: {symbol: why it may}
ALLOWED = {
    "base/assert.c.o": {
        "abort": "a broken invariant must not go on",
        "fprintf": "its last words have nowhere else to go",
        "stderr": "its last words have nowhere else to go",
    },
}

CLEAN = {"src/base/assert.c": "#include <stdlib.h>\nvoid assert_failed(void)\n{\n    abort();\n}\n"}
PLANTED = [
    ("clock_gettime", {"src/server/a.c": "int clock_gettime();\nint a(void)\n{\n    return clock_gettime(0, 0);\n}\n"}),
    ("pthread_cond_wait", {"src/server/a.c": "int pthread_cond_wait();\nint a(void)\n{\n    return pthread_cond_wait();\n}\n"}),
    ("rd_kafka_new", {"src/tracking/a.c": "int rd_kafka_new();\nint a(void)\n{\n    return rd_kafka_new();\n}\n"}),
    ("sim_now", {"src/swarm/a.c": "int sim_now();\nint a(void)\n{\n    return sim_now();\n}\n"}),
    ("stdout", {"src/base/a.c": "#include <stdio.h>\nint a(void)\n{\n    return fflush(stdout);\n}\n"}),
    ("__printf_chk", {"src/base/a.c": "int __printf_chk();\nint a(void)\n{\n    return __printf_chk();\n}\n"}),
    ("abort", {"src/base/a.c": "#include <stdlib.h>\nvoid a(void)\n{\n    abort();\n}\n"}),
]


def plain(symbol):
    """The name a programmer wrote: without a version, and without the marks of checked variants."""
    symbol = symbol.split("@")[0]
    checked = re.fullmatch(r"__(\w+)_chk", symbol)
    standard = re.fullmatch(r"__isoc\d+_(\w+)", symbol)
    return (checked or standard).group(1) if checked or standard else symbol


def check(tree):
    folders = glob.glob(os.path.join(tree.build, "**", "carafe_core.dir"), recursive=True)
    objects = [path for folder in folders for path in glob.glob(os.path.join(folder, "**", "*.o"), recursive=True)]
    if not objects:
        return [f"no object of carafe_core in {tree.build}: expected a build"]
    banned = re.compile("|".join(BANNED))
    found = []
    for path in sorted(objects):
        name = path.split("carafe_core.dir/")[1]
        for line in tree.run("nm", "-u", path).splitlines():
            symbol = line.split()[-1]
            if banned.fullmatch(plain(symbol)) and plain(symbol) not in ALLOWED.get(name, {}):
                found.append(f"{name}: the core may not call {symbol}: go through a port")
    return found
