// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_REGISTRY_HPP
#define ASSENT_CORE_DETAIL_REGISTRY_HPP

#include <assent/config.hpp>
#include <assent/core/detail/domain_core.hpp>
#include <assent/core/detail/embedding_channel.hpp>
#include <assent/core/detail/run.hpp>
#include <assent/core/detail/registry_lock.hpp>
#include <assent/core/detail/thread_cache.hpp>
#include <assent/core/threading.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

struct registry_operations : deferred_operations {
    void (*dispose)(registry*) noexcept; ///< deletes the whole object the registry is part of
    bool (*contains)(registry*, std::uintptr_t at) noexcept; ///< whether the position is in one of its blocks
    /// No node names the channel any more. Returns channels to be deleted without the lock. Under the lock.
    channel* (*vacate)(registry*, channel&) noexcept;
    void (*free_channels)(channel*) noexcept; ///< a list of them
    /// A destructor would have closed a cycle of waits: names of the registration destroyed, and of the one
    /// whose callback this thread is in.
    void (*cycle_in_destructor)(std::string_view destroyed, std::string_view inside) noexcept;
};

/// A thread that is unregistering a participant and may have to tell it so; see registry::withdrawals.
struct withdrawal {
    std::uint64_t transaction = 0;
    std::thread::id by{};
    const void* event = nullptr;    ///< what it read from registry::event; null or the event it tells of
    std::atomic<bool> taken{false}; ///< it has read it
    withdrawal* next = nullptr;
};

/// What every dispatcher has, whatever its category: who is registered, in which order, and who keeps
/// the memory of that. Adding and ordering are here; removing is in reclamation.hpp, walking in walk.hpp.
class alignas(config::cache_line) registry : public deferred {
public:
    /// @param only  the record of the single thread that uses it; null: any threads
    registry(const registry_operations& made_of, domain_core& home, threading threads, record* only) noexcept
        : deferred{&made_of}, home_domain(&home), mode(mode_of(threads, home.kind)), only_record(only),
          lock(only) {
        home.acquire();
        if (only != nullptr) domain_core::hold(*only);
    }
    registry(const registry&) = delete;
    registry& operator=(const registry&) = delete;
    ~registry() {
        if (only_record != nullptr) domain_core::let_go(*only_record);
        home_domain->release();
    }

    void acquire() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }

    /// Gives up a reference. Without any left the registry goes, unless a walk of this thread is still in
    /// it (a dispatcher destroyed inside its own callback): then it goes when that walk leaves.
    void release() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) settle(this);
    }

    static void settle(deferred* object) noexcept {
        auto* const self = static_cast<registry*>(object);
        record* in = nullptr;
        self->for_each_position([&](record& r, frame&, std::uintptr_t at) {
            if (self->does().contains(self, at)) in = &r;
            return in == nullptr;
        });
        if (in != nullptr) {
            in->defer(*self);
        } else {
            self->does().dispose(self);
        }
    }

    const registry_operations& does() const noexcept {
        return *static_cast<const registry_operations*>(operations);
    }

    /// Counts a node in: it, its channel and this stay. Under the lock.
    void admit(node& n, run& home) noexcept {
        n.home = &home;
        ++home.in().nodes;
        ++users;
    }

    /// What is left to do without the lock when something was counted out. By then the registry may be gone,
    /// unless `last` says that its last reference is here.
    struct remains {
        channel* unused = nullptr;
        void (*free_channels)(channel*) noexcept = nullptr;
        bool last = false;
    };

    /// Counts a node out that stands in no block. Under the lock; then bury().
    [[nodiscard]] remains dismiss(channel& of) noexcept {
        remains left = leave(of);
        left.last = leave_users();
        return left;
    }

    /// One user of the channel less. Under the lock; then bury().
    [[nodiscard]] remains leave(channel& c) noexcept {
        return {--c.nodes == 0 ? does().vacate(this, c) : nullptr, does().free_channels, false};
    }

    /// One of those less that hold one reference together. True: it is the caller's now. Under the lock.
    [[nodiscard]] bool leave_users() noexcept { return --users == 0; }

    /// Without the lock: destroying a key is user code.
    void bury(const remains& what) noexcept {
        if (what.unused != nullptr) what.free_channels(what.unused);
        if (what.last) release();
    }

    /// Gives the node a slot at the end of its run. `first` is what the slot calls.
    /// False: no memory, nothing changed. Under the lock.
    bool attach(node& n, invoke_function first) noexcept {
        run& r = *n.home;
        if (pool != nullptr && r.live == pool->most) return false;
        block* b = r.current();
        if (b == nullptr || b->size.load(std::memory_order_relaxed) == b->capacity) {
            b = replace(r, r.live + 1);
            if (b == nullptr) return false;
        }
        const std::uint32_t i = b->size.load(std::memory_order_relaxed);
        const std::uint64_t number = sequence.load(std::memory_order_relaxed) + 1;
        entry& e = b->entries()[i];
        e.callee = &n;
        e.invoke.store(first, std::memory_order_relaxed);
        b->sequences()[i] = number;
        // Partner: the acquire load in a walk of several runs, which leaves out what is newer than it.
        sequence.store(number, std::memory_order_release);
        // Partner: the acquire load of size at the start of a walk; publishes the entry.
        b->size.store(i + 1, std::memory_order_release);
        n.index = i;
        n.state.store(node_state::live, std::memory_order_relaxed);
        if (r.live++ == 0 && r.priority != 0) link(static_cast<priority_run&>(r));
        return true;
    }

    /// The run of that priority, made if need be. Null: no memory, nothing changed. Under the lock.
    run* run_of(channel& c, int priority) noexcept {
        if (priority == 0) return &c;
        if (pool != nullptr) return nullptr;
        if (const priority_index* const all = c.others.load(std::memory_order_relaxed)) {
            run** const it = all->all.find(priority);
            if (it != all->all.end() && (*it)->priority == priority) return *it;
        }
        return add_run(c, priority);
    }

    /// One entry of the run less: it was nulled. Under the lock.
    static void count_out(run& r) noexcept {
        if (--r.live == 0 && r.priority != 0) ++r.in().others.load(std::memory_order_relaxed)->empty;
    }

    /// Unlinks runs that are empty when there are as many as others, so that walks are proportional to what they
    /// call, and lets their blocks go. Under the lock.
    void unlink_empty(channel& c) noexcept {
        priority_index* const all = c.others.load(std::memory_order_relaxed);
        if (all == nullptr || all->empty <= all->linked.count / 2 + 4) return;
        const auto is_empty = [&c](const run* r) { return r != &c && r->live == 0; };
        bool unfenced = false;
        for (run* const r : all->linked)
            if (is_empty(r)) unfenced = retire_block(*r, nullptr) || unfenced;
        fence_walks(unfenced);
        run* above = nullptr;
        std::uint32_t kept = 0;
        for (run* const r : all->linked) {
            if (is_empty(r)) {
                static_cast<priority_run*>(r)->linked = false;
                reclaim(*r);
                continue;
            }
            // Partner of these stores: the acquire loads in channel::highest() and below().
            c.link_below(above).store(r, std::memory_order_release);
            all->linked.runs[kept++] = above = r;
        }
        c.link_below(above).store(nullptr, std::memory_order_release);
        all->linked.count = kept;
        all->empty = 0;
    }

    /// Replaces the run's block by one without dead entries, with room for `wanted` at least.
    /// Null: no memory, nothing changed. Under the lock.
    block* replace(run& r, std::uint32_t wanted) noexcept {
        block* const fresh = room_for(r, wanted);
        if (fresh == nullptr) return nullptr;
        block* const old = r.current();
        std::uint32_t to = 0;
        const std::uint32_t count = old == nullptr ? 0 : old->size.load(std::memory_order_relaxed);
        for (std::uint32_t from = 0; from < count; ++from) {
            entry& e = old->entries()[from];
            const invoke_function invoke = e.invoke.load(std::memory_order_relaxed);
            if (invoke == nullptr) continue;
            fresh->entries()[to].invoke.store(invoke, std::memory_order_relaxed);
            fresh->entries()[to].callee = e.callee;
            fresh->sequences()[to] = old->sequences()[from];
            e.callee->index = to++;
        }
        fresh->size.store(to, std::memory_order_relaxed);
        const bool unfenced = retire_block(r, fresh);
        if (old != nullptr) {
            fence_walks(unfenced);
            reclaim(r);
        }
        return fresh;
    }

    /// Unregisters every node of the channel at once: its dispatcher goes. Under the lock.
    void detach_all(channel& c) noexcept {
        for (run* r = c.highest(); r != nullptr; r = c.below(*r)) {
            block* const b = r->current();
            if (b == nullptr) continue;
            for (std::uint32_t i = 0; i < b->size.load(std::memory_order_relaxed); ++i) {
                entry& e = b->entries()[i];
                if (e.invoke.load(std::memory_order_relaxed) == nullptr) continue;
                e.callee->state.store(node_state::detached, std::memory_order_relaxed);
                publish<invoke_function>(e.invoke, nullptr);
            }
            for (block* old = r->retired; old != nullptr; old = old->next_retired)
                for (std::uint32_t i = 0; i < old->size.load(std::memory_order_relaxed); ++i)
                    publish<invoke_function>(old->entries()[i].invoke, nullptr);
            r->live = 0;
        }
    }

    /// Frees replaced blocks that no frame shows. Under the lock.
    void reclaim(run& r) noexcept {
        for (block** link = &r.retired; *link != nullptr;) {
            block* const b = *link;
            if (shown(*b)) {
                link = &b->next_retired;
            } else {
                *link = b->next_retired;
                if (b->embedded == 0) {
                    block::free(b);
                } else if (pool != nullptr) {
                    pool->give(*b);
                } else {
                    r.in().has_spare_block = true;
                }
            }
        }
    }

    /// Whether a frame shows that position. Under the lock.
    bool shows(std::uintptr_t position) noexcept {
        return !for_each_position([&](record&, frame&, std::uintptr_t at) { return at != position; });
    }

    /// Calls visit(record&, frame&, position) for every frame that shows one; stops when it returns false.
    template <class Visit> bool for_each_position(Visit visit) noexcept {
        const auto each_of = [&visit](record& r) {
            return r.for_each_frame([&](frame& f) {
                // Acquire: partner of publish(); a position that was left completes the call it showed.
                const std::uintptr_t at = f.at.load(fenced_load);
                return at == 0 || visit(r, f, at);
            });
        };
        if (only_record != nullptr) return each_of(*only_record);
        for (record* r = home_domain->records.load(fenced_load); r != nullptr; r = r->next)
            if (r->owner.load(fenced_load) != std::thread::id() && !each_of(*r)) return false;
        return true;
    }

    /// Whether another thread may be walking. Call after nulling and a full fence.
    bool others() noexcept {
        return only_record == nullptr && home_domain->others_than(std::this_thread::get_id());
    }

    /// U3, after something was nulled or replaced and before the scan for it.
    /// @param unfenced  walks that do not fence may be concerned: then each running thread is made to
    void fence_walks(bool unfenced) noexcept {
        if (only_record != nullptr) return; // a thread sees its own stores
        full_fence();
        if (unfenced && others()) home_domain->fence_others();
    }

    domain_core* const home_domain; // read by every notification; what registering writes starts a new line
    const std::uintptr_t mode;      ///< bits of every run's head from the start, never left
    record* const only_record;      ///< of the single thread that uses this; null: any threads
    alignas(config::cache_line) registry_lock lock; ///< never held while user code runs
    std::atomic<std::uint64_t> sequence{0}; ///< number of the newest registration; written under the lock
    std::size_t users = 1; ///< the dispatcher and the nodes: one reference together; under the lock, as below
    std::uint32_t removals = 0;
    std::chrono::steady_clock::time_point last_heavy_fence{};
    bool closed = false;        ///< the dispatcher is gone; under the lock
    bool has_phases = false;    ///< constant after construction
    block_pool* pool = nullptr; ///< constant after construction; null: blocks come from the heap

    // A participant withdrawn while prepared gets its abort from the thread that unregisters it, which needs
    // the transaction's event. So that thread lists itself before it nulls the entry; a transaction that
    // skipped the entry (acquire load of null) finds the list non-empty, lets no other transaction begin
    // until the listed threads have taken the event, and does not return until they are gone.
    std::atomic<const void*> event{nullptr};       ///< of the running transaction
    std::atomic<std::uint64_t> transaction{0};     ///< number of the running or the last one
    std::atomic<withdrawal*> withdrawals{nullptr}; ///< changed under the lock

private:
    static constexpr std::uintptr_t mode_of(threading threads, fence_kind kind) noexcept {
        if (threads == threading::single) return 0;
        // Strict has the fence of symmetric, and needs no interrupt where symmetric may need one.
        if (kind == fence_kind::none) return run::strict;
        return threads == threading::symmetric ? run::symmetric : 0;
    }

    block* room_for(run& r, std::uint32_t wanted) noexcept {
        if (pool != nullptr) {
            if (pool->free == nullptr) reclaim(r);
            return pool->take(); // null: walks hold all of them
        }
        const bool one_is_usual = r.priority == 0 && r.in().has_spare_block;
        if (one_is_usual && wanted == 1) return static_cast<embedding_channel&>(r).take_spare_block();
        // A slot is used once, so room is also what makes churn without growth cheap. Twice for small blocks; a
        // quarter more for large ones, which bounds the memory per registration at the worst moment, with both
        // blocks alive.
        const std::uint32_t some = std::min(wanted, 24U) + (does().free_channels == nullptr ? 8 : 2);
        return block::make(wanted + std::max(some, wanted / 4));
    }

    bool shown(block& b) noexcept {
        return !for_each_position([&](record&, frame&, std::uintptr_t at) { return !b.contains(at); });
    }

    /// Puts a block, or none, in the place of the run's own. True: walks do not fence; then fence_walks(), reclaim().
    static bool retire_block(run& r, block* fresh) noexcept {
        const std::uintptr_t old_head = r.head.load(std::memory_order_relaxed);
        // Partner: the acquire loads of head around a walk's publication. It either shows the old block
        // by the time we scan, or fails its validation and takes the new one.
        publish(r.head, reinterpret_cast<std::uintptr_t>(fresh) | (old_head & run::bits));
        if (block* const old = run::block_of(old_head)) {
            old->next_retired = r.retired;
            r.retired = old;
        }
        return (old_head & run::symmetric) == 0;
    }

    /// A run that nothing is linked to yet. Null: no memory, nothing changed.
    ASSENT_COLD run* add_run(channel& c, int priority) noexcept {
        priority_index* all = c.others.load(std::memory_order_relaxed);
        const bool first = all == nullptr;
        if (first) all = new (std::nothrow) priority_index(c);
        const std::uint32_t wanted = first ? 2 : all->all.count + 1;
        priority_run* const fresh =
            all == nullptr ? nullptr : new (std::nothrow) priority_run(c, priority, mode);
        if (fresh == nullptr || !all->all.reserve(wanted) || !all->linked.reserve(wanted)) {
            if (first) delete all;
            delete fresh;
            return nullptr;
        }
        if (first) {
            all->all.insert(all->all.end(), c);
            all->linked.insert(all->linked.end(), c);
            c.others.store(all, std::memory_order_release);
            c.head.fetch_or(run::several, std::memory_order_release);
        }
        all->all.insert(all->all.find(priority), *fresh);
        return fresh;
    }

    /// Lets walks come to a run that has its first entry.
    static void link(priority_run& r) noexcept {
        channel& c = *r.owner;
        priority_index& all = *c.others.load(std::memory_order_relaxed);
        if (std::exchange(r.linked, true)) {
            --all.empty;
            return;
        }
        run** const it = all.linked.find(r.priority);
        // Release, both: a walk that was in it when it was unlinked may read the first.
        r.lower.store(it == all.linked.end() ? nullptr : *it, std::memory_order_release);
        c.link_below(it == all.linked.begin() ? nullptr : it[-1]).store(&r, std::memory_order_release);
        all.linked.insert(it, r);
    }

    std::atomic<std::size_t> references_{1};
};

inline channel::channel(registry& of) noexcept : run(0, of.mode), owner(&of) {}

} // namespace assent::inline ASSENT_ABI::detail

#endif
