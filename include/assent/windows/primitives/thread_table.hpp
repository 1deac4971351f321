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
    bool handle_open = true; ///< this and what follows under the table's lock
    LONG_PTR references = 0;
};
using thread_reference = std::shared_ptr<thread_object>;

inline HANDLE handle_of(const thread_reference& t) noexcept { return t.get(); }

/// The thread objects that somebody may still name.
class thread_table {
public:
    thread_reference add() {
        auto made = std::make_shared<thread_object>();
        const std::lock_guard guard(lock_);
        all_.push_back(made);
        return made;
    }
    PVOID reference_by_handle(HANDLE handle) {
        const std::lock_guard guard(lock_);
        const auto it = at(handle);
        if (it == all_.end() || !(*it)->handle_open) return nullptr;
        ++(*it)->references;
        return it->get();
    }
    bool close(HANDLE handle) {
        thread_reference last; // gone after the lock
        const std::lock_guard guard(lock_);
        const auto it = at(handle);
        if (it == all_.end() || !(*it)->handle_open) return false;
        (*it)->handle_open = false;
        last = drop(it);
        return true;
    }
    /// Adds to the references. @return how many there are now; -1: no such thread.
    LONG_PTR count(const void* object, LONG_PTR more) {
        thread_reference last;
        const std::lock_guard guard(lock_);
        const auto it = at(object);
        if (it == all_.end()) return -1;
        const LONG_PTR now = (*it)->references += more;
        last = drop(it);
        return now;
    }

private:
    using threads = std::vector<thread_reference>;
    threads::iterator at(const void* object) {
        return std::find_if(all_.begin(), all_.end(), [&](const auto& t) { return t.get() == object; });
    }
    thread_reference drop(threads::iterator it) {
        thread_reference one = *it;
        if (!one->handle_open && one->references <= 0) all_.erase(it);
        return one;
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
