// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PRIMITIVES_THREAD_TABLE_HPP
#define ASSENT_WINDOWS_PRIMITIVES_THREAD_TABLE_HPP

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "../ddk/assent_ddk/event.h"
#include "../ddk/assent_ddk/thread.h"

namespace assent::windows::detail {

// The object behind a system thread: what one waits for. It lives as long as the thread, its handle, or a reference.
struct thread_object {
    DISPATCHER_HEADER header{};
    bool running = true; ///< this and what follows under the table's lock
    bool handle_open = true;
    LONG_PTR references = 0;
};

/// The thread objects that somebody may still name.
class thread_table {
public:
    /// @return a thread that runs; its address is its handle.
    thread_object* add() {
        const std::lock_guard guard(lock_);
        return all_.emplace_back(std::make_unique<thread_object>()).get();
    }
    PVOID reference_by_handle(HANDLE handle) {
        const std::lock_guard guard(lock_);
        const auto it = at(handle);
        if (it == all_.end() || !(*it)->handle_open) return nullptr;
        ++(*it)->references;
        return it->get();
    }
    bool close(HANDLE handle) {
        const std::lock_guard guard(lock_);
        const auto it = at(handle);
        if (it == all_.end() || !(*it)->handle_open) return false;
        (*it)->handle_open = false;
        drop(it);
        return true;
    }
    /// The thread runs driver code no more. Not left to a destructor on its stack, which need not be unwound.
    void ended(const thread_object* thread) {
        const std::lock_guard guard(lock_);
        const auto it = at(thread);
        (*it)->running = false;
        drop(it);
    }
    /// Adds to the references. @return how many there are now; -1: no such thread.
    LONG_PTR count(const void* object, LONG_PTR more) {
        const std::lock_guard guard(lock_);
        const auto it = at(object);
        if (it == all_.end()) return -1;
        const LONG_PTR now = (*it)->references += more;
        drop(it);
        return now;
    }

private:
    using threads = std::vector<std::unique_ptr<thread_object>>;
    threads::iterator at(const void* object) {
        return std::find_if(all_.begin(), all_.end(), [&](const auto& t) { return t.get() == object; });
    }
    void drop(threads::iterator it) {
        const thread_object& one = **it;
        if (!one.running && !one.handle_open && one.references <= 0) all_.erase(it);
    }

    std::mutex lock_;
    threads all_;
};

inline thread_table& the_threads() {
    static auto* const only = new thread_table; // never destroyed: threads may outlive main
    return *only;
}

[[gnu::visibility("hidden")]] inline thread_local thread_object* this_system_thread = nullptr;

/// The object of the system thread this code runs on; null on other threads.
inline thread_object*& running_thread() noexcept { return this_system_thread; }

} // namespace assent::windows::detail

#endif
