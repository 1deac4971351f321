// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_WAIT_GRAPH_HPP
#define ASSENT_CORE_DETAIL_WAIT_GRAPH_HPP

#include <assent/config.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

/// What a thread may wait for. blocker() names the thread it currently depends on, or none when the
/// wait is about to end. Called under the graph's mutex by whichever thread looks for a cycle.
struct wait_target {
    std::thread::id (*blocker)(const wait_target*) noexcept;
};

/// Every wait inside the library is an edge "this thread waits for that one" of one graph per domain.
///
/// A waiting thread has one edge at a time and waits for one thread at a time, so the graph is a
/// function and finding a cycle is following it. Edges are added under one mutex: whoever closes a
/// cycle sees it whole, is told so, and completes without waiting; the others wait on.
/// A thread without an edge ends the chase: it is running. An edge that is stale (its wait is over and
/// its thread has not been scheduled yet) reports no blocker, so it closes no cycle.
class wait_graph {
public:
    struct edge {
        std::thread::id waiter{};
        const wait_target* target = nullptr;
        edge* next = nullptr;
        bool must_wait = false;
        std::atomic<bool> broken{false};
    };

    /// False when waiting for `target` would close a cycle; then no edge was added.
    /// A thread that must wait (it would return from under somebody who uses its stack) breaks another
    /// edge of the cycle instead: there is one, because no cycle consists of such threads alone.
    bool add(edge& e, const wait_target& target, bool must_wait) noexcept {
        const std::lock_guard guard(lock_);
        const auto self = std::this_thread::get_id();
        edge* breakable = nullptr;
        std::thread::id current = target.blocker(&target);
        // A chain visits each waiting thread once; one more step would mean a cycle without us, which
        // can stand for an instant between a grant and the removal of its edge. It is not ours to break.
        for (const edge* steps = edges_; current != std::thread::id(); steps = steps->next) {
            if (current == self) {
                if (!must_wait) return false;
                if (breakable != nullptr) breakable->broken.store(true, std::memory_order_relaxed);
                break;
            }
            edge* const onward = find(current);
            if (onward == nullptr || steps == nullptr) break;
            if (!onward->must_wait) breakable = onward;
            current = onward->target->blocker(onward->target);
        }
        e.waiter = self;
        e.target = &target;
        e.next = edges_;
        e.must_wait = must_wait;
        edges_ = &e;
        return true;
    }

    void remove(edge& e) noexcept {
        const std::lock_guard guard(lock_);
        for (edge** link = &edges_; *link != nullptr; link = &(*link)->next) {
            if (*link == &e) {
                *link = e.next;
                return;
            }
        }
    }

    /// Runs work() while no blocker() is being asked: what a target refers to may be taken away in it.
    template <class Work> void while_nobody_asks(Work work) noexcept {
        const std::lock_guard guard(lock_);
        work();
    }

private:
    edge* find(std::thread::id waiter) const noexcept {
        for (edge* e = edges_; e != nullptr; e = e->next)
            if (e->waiter == waiter) return e;
        return nullptr;
    }

    std::mutex lock_;
    edge* edges_ = nullptr;
};

/// The edge for as long as it waits.
class wait_scope {
public:
    wait_scope(wait_graph& graph, const wait_target& target, bool must_wait = false) noexcept
        : graph_(graph), added_(graph.add(edge_, target, must_wait)) {}
    wait_scope(const wait_scope&) = delete;
    wait_scope& operator=(const wait_scope&) = delete;
    ~wait_scope() { end(); }

    bool closes_cycle() const noexcept { return !added_; }
    /// Somebody who must wait has closed a cycle through this wait: end it.
    bool broken() const noexcept { return edge_.broken.load(std::memory_order_relaxed); }

    void end() noexcept {
        if (added_) graph_.remove(edge_);
        added_ = false;
    }

private:
    wait_graph& graph_;
    wait_graph::edge edge_{};
    bool added_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
