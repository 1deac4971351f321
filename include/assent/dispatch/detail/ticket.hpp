// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_TICKET_HPP
#define ASSENT_DISPATCH_DETAIL_TICKET_HPP

#include <assent/config.hpp>
#include <assent/core/detail/wait_graph.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

/// What was asked for from inside a callback: done by the thread that holds the ticket, before it lets go.
struct queued_operation {
    virtual ~queued_operation() = default;
    virtual void run() = 0;
    queued_operation* next = nullptr;
};

enum class admission : unsigned char { entered, inside, cycle };

/// Serialises what must not overlap in a two-phase or replaying dispatcher, in the order of arrival.
/// The holder runs user code, so this is no lock: every wait for it is an edge of the wait graph.
class ticket : private wait_target {
public:
    ticket() noexcept : wait_target{&blocker} {}
    ticket(const ticket&) = delete;
    ticket& operator=(const ticket&) = delete;

    bool held_here() const noexcept {
        return holder_.load(std::memory_order_relaxed) == std::this_thread::get_id();
    }

    /// entered: until leave(). inside: this thread holds it. cycle: waiting would never end.
    admission enter(wait_graph& graph) noexcept {
        if (held_here()) return admission::inside;
        waiter self;
        {
            const std::lock_guard guard(lock_);
            if (!taken_) {
                taken_ = true;
                holder_.store(std::this_thread::get_id(), std::memory_order_relaxed);
                return admission::entered;
            }
            *last_ = &self;
            last_ = &self.next;
        }
        {
            wait_scope waiting(graph, *this);
            std::unique_lock guard(lock_);
            while (!self.granted) {
                if (waiting.closes_cycle() || waiting.broken()) {
                    abandon(self);
                    return admission::cycle;
                }
                // Woken when granted; the time-out is for a wait that somebody else has to break.
                self.wake.wait_for(guard, std::chrono::milliseconds(20));
            }
        }
        // Only now, with the edge gone: a holder must not look as if it were waiting.
        holder_.store(std::this_thread::get_id(), std::memory_order_relaxed);
        return admission::entered;
    }

    /// Hands the ticket on, unless an operation was queued: then returns it, to be run and deleted first.
    queued_operation* leave() noexcept {
        const std::lock_guard guard(lock_);
        if (queued_operation* const first = queue_) {
            queue_ = first->next;
            if (queue_ == nullptr) queue_end_ = &queue_;
            return first;
        }
        holder_.store(std::thread::id(), std::memory_order_relaxed);
        if (first_ == nullptr) {
            taken_ = false;
        } else {
            waiter& next = *first_;
            first_ = next.next;
            if (first_ == nullptr) last_ = &first_;
            next.granted = true;
            next.wake.notify_one();
        }
        return nullptr;
    }

    /// Queues for the present holder. False: nobody holds the ticket any more; the caller keeps it.
    bool queue(queued_operation& operation) noexcept {
        const std::lock_guard guard(lock_);
        if (!taken_) return false;
        *queue_end_ = &operation;
        queue_end_ = &operation.next;
        return true;
    }

private:
    struct waiter {
        waiter* next = nullptr;
        bool granted = false;
        std::condition_variable wake;
    };

    void abandon(waiter& self) noexcept {
        waiter** link = &first_;
        while (*link != &self) link = &(*link)->next;
        *link = self.next;
        if (last_ == &self.next) last_ = link;
    }

    static std::thread::id blocker(const wait_target* t) noexcept {
        return static_cast<const ticket*>(t)->holder_.load(std::memory_order_relaxed);
    }

    std::mutex lock_; ///< for an instant only, never while user code runs
    std::atomic<std::thread::id> holder_{};
    bool taken_ = false;
    waiter* first_ = nullptr;
    waiter** last_ = &first_;
    queued_operation* queue_ = nullptr;
    queued_operation** queue_end_ = &queue_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
