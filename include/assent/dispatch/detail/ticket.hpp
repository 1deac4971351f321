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
/// Cost  with nobody waiting and nothing queued one atomic exchange to enter and one to leave.
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
        if (!try_enter() && !wait(graph)) return admission::cycle;
        // Only now, with the edge gone: a holder must not look as if it were waiting.
        holder_.store(std::this_thread::get_id(), std::memory_order_relaxed);
        return admission::entered;
    }

    /// Hands the ticket on, unless an operation was queued: then returns it, to be run and deleted first.
    queued_operation* leave() noexcept {
        // Before the ticket goes: afterwards it is the next holder's to say.
        holder_.store(std::thread::id(), std::memory_order_relaxed);
        // Release: partner of try_enter().
        auto alone = standing_at::held;
        if (at_.compare_exchange_strong(alone, standing_at::free, std::memory_order_release,
                                        std::memory_order_relaxed))
            return nullptr;
        return leave_to_others();
    }

    /// Queues for the present holder. False: nobody holds the ticket any more; the caller keeps it.
    bool queue(queued_operation& operation) noexcept {
        const std::lock_guard guard(lock_);
        if (!call_for_attention()) return false;
        *queue_end_ = &operation;
        queue_end_ = &operation.next;
        return true;
    }

private:
    enum class standing_at : unsigned char {
        free,
        held,
        wanted, ///< held, and whoever leaves must look at the queues; set under the lock
    };

    struct waiter {
        waiter* next = nullptr;
        bool granted = false;
        std::condition_variable wake;
    };

    bool try_enter() noexcept {
        auto nobody = standing_at::free;
        // Acquire: partner of the release in leave(); what the last holder did is over.
        return at_.compare_exchange_strong(nobody, standing_at::held, std::memory_order_acquire,
                                           std::memory_order_relaxed);
    }

    /// Makes the holder take the slow way out. False: there is no holder. Under the lock.
    bool call_for_attention() noexcept {
        auto held = standing_at::held;
        // Against leave(): either it finds the mark and comes for the lock, or we find that it has left.
        return at_.compare_exchange_strong(held, standing_at::wanted, std::memory_order_relaxed) ||
               held == standing_at::wanted;
    }

    /// False: waiting would never end.
    ASSENT_COLD bool wait(wait_graph& graph) noexcept {
        waiter self;
        {
            const std::lock_guard guard(lock_);
            while (!call_for_attention())
                if (try_enter()) return true;
            *last_ = &self;
            last_ = &self.next;
        }
        wait_scope waiting(graph, *this);
        std::unique_lock guard(lock_);
        while (!self.granted) {
            if (waiting.closes_cycle() || waiting.broken()) {
                abandon(self);
                return false;
            }
            // Woken when granted; the time-out is for a wait that somebody else has to break.
            self.wake.wait_for(guard, std::chrono::milliseconds(20));
        }
        return true;
    }

    ASSENT_COLD queued_operation* leave_to_others() noexcept {
        const std::lock_guard guard(lock_);
        if (queued_operation* const first = queue_) {
            queue_ = first->next;
            if (queue_ == nullptr) queue_end_ = &queue_;
            holder_.store(std::this_thread::get_id(), std::memory_order_relaxed);
            return first;
        }
        if (first_ == nullptr) {
            // Release: partner of try_enter().
            at_.store(standing_at::free, std::memory_order_release);
        } else {
            // Never free in between: nobody who comes now may overtake.
            waiter& next = *first_;
            first_ = next.next;
            if (first_ == nullptr) last_ = &first_;
            next.granted = true;
            next.wake.notify_one();
        }
        return nullptr;
    }

    void abandon(waiter& self) noexcept {
        waiter** link = &first_;
        while (*link != &self) link = &(*link)->next;
        *link = self.next;
        if (last_ == &self.next) last_ = link;
    }

    static std::thread::id blocker(const wait_target* t) noexcept {
        return static_cast<const ticket*>(t)->holder_.load(std::memory_order_relaxed);
    }

    std::atomic<std::thread::id> holder_{}; ///< none for an instant when it changes
    std::atomic<standing_at> at_{standing_at::free};
    std::mutex lock_; ///< for an instant only, never while user code runs
    waiter* first_ = nullptr;
    waiter** last_ = &first_;
    queued_operation* queue_ = nullptr;
    queued_operation** queue_end_ = &queue_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
