// Only in builds with the thread sanitizer: librdkafka starts its threads by C11's thrd_create, which the
// sanitizer of g++ 12 does not know and crashes on. These definitions come before glibc's and go through
// pthread, which it knows. glibc's own do the same casts (its mtx_t and cnd_t hold a pthread mutex and
// condition).
#include <cerrno>
#include <cstdint>
#include <memory>
#include <pthread.h>
#include <threads.h>

extern "C" const char* __tsan_default_suppressions();

namespace {

struct start {
    thrd_start_t body;
    void* argument;
};

void* run(void* from) {
    const std::unique_ptr<start> what(static_cast<start*>(from));
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(what->body(what->argument)));
}

pthread_mutex_t* native(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* native(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

int to_c11(int error) {
    switch (error) {
        case 0: return thrd_success;
        case ENOMEM: return thrd_nomem;
        case ETIMEDOUT: return thrd_timedout;
        case EBUSY: return thrd_busy;
        default: return thrd_error;
    }
}

}  // namespace

extern "C" {

// librdkafka itself is not instrumented: its counters are atomic where the sanitizer cannot see it.
const char* __tsan_default_suppressions() { return "race:librdkafka.so\n"; }

int thrd_create(thrd_t* thread, thrd_start_t body, void* argument) {
    auto what = std::make_unique<start>(start{body, argument});
    const auto error = ::pthread_create(thread, nullptr, &run, what.get());
    if (error == 0) (void)what.release();
    return to_c11(error);
}

int thrd_join(thrd_t thread, int* result) {
    void* returned = nullptr;
    const auto error = ::pthread_join(thread, &returned);
    if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
    return to_c11(error);
}

int thrd_detach(thrd_t thread) { return to_c11(::pthread_detach(thread)); }

int mtx_init(mtx_t* mutex, int type) {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_settype(&attributes,
                                (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    const auto error = ::pthread_mutex_init(native(mutex), &attributes);
    ::pthread_mutexattr_destroy(&attributes);
    return to_c11(error);
}
int mtx_lock(mtx_t* mutex) { return to_c11(::pthread_mutex_lock(native(mutex))); }
int mtx_trylock(mtx_t* mutex) { return to_c11(::pthread_mutex_trylock(native(mutex))); }
int mtx_unlock(mtx_t* mutex) { return to_c11(::pthread_mutex_unlock(native(mutex))); }
void mtx_destroy(mtx_t* mutex) { ::pthread_mutex_destroy(native(mutex)); }

int cnd_init(cnd_t* condition) { return to_c11(::pthread_cond_init(native(condition), nullptr)); }
int cnd_signal(cnd_t* condition) { return to_c11(::pthread_cond_signal(native(condition))); }
int cnd_broadcast(cnd_t* condition) { return to_c11(::pthread_cond_broadcast(native(condition))); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return to_c11(::pthread_cond_wait(native(condition), native(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return to_c11(::pthread_cond_timedwait(native(condition), native(mutex), until));
}
void cnd_destroy(cnd_t* condition) { ::pthread_cond_destroy(native(condition)); }

}  // extern "C"
