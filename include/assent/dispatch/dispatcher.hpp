// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DISPATCHER_HPP
#define ASSENT_DISPATCH_DISPATCHER_HPP

#include <assent/config.hpp>
#include <assent/core/callback.hpp>
#include <assent/core/category.hpp>
#include <assent/core/contract.hpp>
#include <assent/core/domain.hpp>
#include <assent/core/no_throw.hpp>
#include <assent/core/registration.hpp>
#include <assent/core/registration_options.hpp>
#include <assent/core/registration_storage.hpp>
#include <assent/dispatch/detail/delivery.hpp>
#include <assent/dispatch/change_action.hpp>
#include <assent/dispatch/detail/dispatcher_access.hpp>
#include <assent/dispatch/detail/enrolment.hpp>
#include <assent/dispatch/detail/misused_category.hpp>
#include <assent/dispatch/detail/misused_observer.hpp>
#include <assent/dispatch/detail/misused_on.hpp>
#include <assent/dispatch/detail/misused_on_in.hpp>
#include <assent/dispatch/detail/misused_verbs.hpp>
#include <assent/dispatch/detail/state.hpp>
#include <assent/dispatch/observer.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/participant.hpp>
#include <assent/dispatch/policy.hpp>
#include <assent/dispatch/transact_options.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// Where callbacks register for a category of events, and where the events come in.
///
///   assent::dispatcher<config_changed> changes;
///   assent::registration r = changes.on([](const config_changed& e) { … });
///   changes.notify({7});
///
/// Threads  every member may be called from any thread, also from inside callbacks; what is excepted says
///          so. With the policy single_threaded_policy everything is for the thread that made it, its registrations
///          included. Destroying it is allowed with live registrations (they become inert) and from inside its own
///          callback, not while another thread is inside notify or transact.
template <class Category, class Policy>
    requires detail::dispatchable<Category, Policy>
class dispatcher<Category, Policy> : detail::misused_registration<Category>,
                                     detail::misused_storage<Category>,
                                     detail::misused_verbs<Category> {
    using state_type = detail::state<Category, Policy>;
    using delivery = detail::delivery<Category, Policy>;
    using enrolment = detail::enrolment<Category, Policy>;

public:
    using category = Category;
    using event_type = event_type_of<Category>;
    using observer_type = typename Policy::observer;

    /// Errors  std::bad_alloc.
    dispatcher() requires std::default_initializable<observer_type> : dispatcher(domain::by_default()) {}
    /// For experts: see domain.
    explicit dispatcher(const domain& in) requires std::default_initializable<observer_type>
        : state_(&state_type::make(in, observer_type())) {}
    /// With an observer, for policies that have one: see observed_by.
    explicit dispatcher(observer_type seen_by,
                        const domain& in = domain::by_default()) requires(state_type::observed)
        : state_(&state_type::make(in, std::move(seen_by))) {}
    template <int = 0>
        requires(!std::default_initializable<observer_type>)
    ASSENT_UNAVAILABLE("assent: dispatcher [observer]: its policy has an observer that must be handed over: "
                       "dispatcher d(observer)")
    dispatcher() { detail::misused(); }
    explicit dispatcher(detail::temporary_observer<observer_type>) {}
    explicit dispatcher(detail::unnamed_observer<observer_type>) {}
    dispatcher(dispatcher&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    dispatcher& operator=(dispatcher&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~dispatcher() {
        if (state_ != nullptr) state_->close();
    }

    /// Registers a callback: one callable in one-phase categories; a participant in two-phase ones (an
    /// object with prepare, commit and abort, three callables in that order, or one callable that receives
    /// a phase_notice and the event; in place of one of the three, uninterested). Keyed categories take the key first.
    ///
    /// With `replay` set, the newcomer is told of everything that exists before on() returns, and of nothing
    /// twice. If a participant refuses that, the registration returned is not active.
    /// Errors   std::bad_alloc, nothing changed. What the callable's copy or, in a replay, the callback
    ///          throws passes through; the callback is not registered then.
    /// Threads  waits for nothing, unless `replay` is set: then for the event or transaction in progress.
    /// Cost     amortised O(1) and one allocation; O(log P) in distinct priorities.
    template <class... Callables>
        requires(!keyed<Category> && detail::without_options<Callables...> &&
                 detail::registrable<Category, Callables...>)
    [[nodiscard(
        "assent: registration [kept]: its destructor unregisters; keep it in a variable")]] registration
    on(Callables&&... callables) {
        return enrol(detail::no_key{}, {}, std::forward<Callables>(callables)...);
    }
    template <class... Callables>
        requires(!keyed<Category> && detail::registrable<Category, Callables...>)
    [[nodiscard(
        "assent: registration [kept]: its destructor unregisters; keep it in a variable")]] registration
    on(const registration_options& options, Callables&&... callables) {
        return enrol(detail::no_key{}, options, std::forward<Callables>(callables)...);
    }
    template <class... Callables>
        requires(keyed<Category>&& detail::without_options<Callables...>&&
                     detail::registrable<Category, Callables...>)
    [[nodiscard(
        "assent: registration [kept]: its destructor unregisters; keep it in a variable")]] registration
    on(const detail::key_type_of<Category>& key, Callables&&... callables) {
        return enrol(key, {}, std::forward<Callables>(callables)...);
    }
    template <class... Callables>
        requires(keyed<Category>&& detail::registrable<Category, Callables...>)
    [[nodiscard(
        "assent: registration [kept]: its destructor unregisters; keep it in a variable")]] registration
    on(const detail::key_type_of<Category>& key, const registration_options& options,
       Callables&&... callables) {
        return enrol(key, options, std::forward<Callables>(callables)...);
    }
    using detail::misused_registration<Category>::on;

    /// on() without an allocation: the callable lives in the caller's storage, whose type says how large it may
    /// be; a name is not copied and must live as long. The entry needs a slot: see reserve().
    /// Returns  an inactive registration if the storage is in use.
    /// Errors   as on(); std::bad_alloc only if there is no slot left and no memory for more.
    template <std::size_t Size, std::size_t Alignment, class Callable>
        requires(!keyed<Category> && detail::registrable<Category, Callable> &&
                 detail::fits_in<Callable, Size, Alignment>)
    [[nodiscard(
        "assent: registration [kept]: its destructor unregisters; keep it in a variable")]] registration
    on_in(registration_storage<Size, Alignment>& storage, Callable&& callable) {
        return enrol_in(storage, detail::no_key{}, {}, std::forward<Callable>(callable));
    }
    template <std::size_t Size, std::size_t Alignment, class Callable>
        requires(!keyed<Category> && detail::registrable<Category, Callable> &&
                 detail::fits_in<Callable, Size, Alignment>)
    [[nodiscard(
        "assent: registration [kept]: its destructor unregisters; keep it in a variable")]] registration
    on_in(registration_storage<Size, Alignment>& storage, const registration_options& options,
          Callable&& callable) {
        return enrol_in(storage, detail::no_key{}, options, std::forward<Callable>(callable));
    }
    template <std::size_t Size, std::size_t Alignment, class Callable>
        requires(keyed<Category>&& detail::registrable<Category, Callable>&&
                     detail::fits_in<Callable, Size, Alignment>)
    [[nodiscard(
        "assent: registration [kept]: its destructor unregisters; keep it in a variable")]] registration
    on_in(registration_storage<Size, Alignment>& storage, const detail::key_type_of<Category>& key,
          Callable&& callable) {
        return enrol_in(storage, key, {}, std::forward<Callable>(callable));
    }
    template <std::size_t Size, std::size_t Alignment, class Callable>
        requires(keyed<Category>&& detail::registrable<Category, Callable>&&
                     detail::fits_in<Callable, Size, Alignment>)
    [[nodiscard(
        "assent: registration [kept]: its destructor unregisters; keep it in a variable")]] registration
    on_in(registration_storage<Size, Alignment>& storage, const detail::key_type_of<Category>& key,
          const registration_options& options, Callable&& callable) {
        return enrol_in(storage, key, options, std::forward<Callable>(callable));
    }

    using detail::misused_storage<Category>::on_in;

    /// Makes slots for so many registrations more (of priority 0), so that those need no memory for theirs. A slot
    /// is used once, and what unregistering leaves behind is compacted: for registering and unregistering without
    /// end there is default_policy::capacity.
    /// Errors  std::bad_alloc, nothing changed.
    void reserve(std::size_t registrations) requires(!keyed<Category>) {
        enrolment::reserve(*state_, registrations);
    }

    /// on() that gives the registration to sink(registration&&) before the callback can be called for the first
    /// time: for those who must find it from inside the callback. Returns what became of the replay.
    template <class Sink, class... Callables>
        requires(!keyed<Category> && detail::registration_sink<Sink> &&
                 detail::registrable<Category, Callables...>)
    auto on_into(Sink&& sink, const registration_options& options, Callables&&... callables) {
        return enrol_into(detail::no_key{}, options, std::forward<Sink>(sink),
                          std::forward<Callables>(callables)...);
    }
    template <class Sink, class... Callables>
        requires(
            keyed<Category>&& detail::registration_sink<Sink>&& detail::registrable<Category, Callables...>)
    auto on_into(Sink&& sink, const detail::key_type_of<Category>& key, const registration_options& options,
                 Callables&&... callables) {
        return enrol_into(key, options, std::forward<Sink>(sink), std::forward<Callables>(callables)...);
    }

    using detail::misused_storage<Category>::on_into;

    /// Calls every matching live callback once, by priority and then in registration order.
    ///
    /// Errors   a callback that throws does not stop the others; the first exception is thrown after the last
    ///          callback. std::bad_alloc before the first one, if this thread had to be attached
    ///          (attach_thread() does that ahead).
    /// Threads  takes no lock and waits for nothing. In replaying categories events pass one after the other:
    ///          then it waits for its turn, and from inside a callback of this dispatcher the event is queued
    ///          and delivered before the outer call returns.
    /// Cost     O(callbacks that match). Inlined where it is called: about 450 bytes of code on x86-64.
    ASSENT_INLINED void notify(const event_type& event) requires one_phase<Category> {
        delivery::notify(*state_, event);
    }
    using detail::misused_verbs<Category>::notify;

    /// An instance has come to exist: remembers it for replays and notifies its arrival.
    /// Errors, Threads  as notify().
    void notify_arrival(const detail::instance_type_of<Category>& instance) requires one_phase<Category> &&
        replaying<Category> {
        delivery::notify_instance(*state_, instance, true);
    }
    /// An instance is gone: forgets it and notifies its removal.
    void notify_removal(const detail::instance_type_of<Category>& instance) requires one_phase<Category> &&
        replaying<Category> {
        delivery::notify_instance(*state_, instance, false);
    }

    /// Asks every participant to prepare; if all agree runs `action`, the change itself; if that succeeds
    /// tells all to commit. Otherwise tells those the rules name to abort.
    ///
    /// @param action  callable without arguments; its result says whether the change happened: void, bool,
    ///                or a status.
    /// Errors   an exception of a prepare is a refusal, one of the action a failure; it is thrown after every
    ///          abort has run. std::bad_alloc before anybody was asked, if this thread had to be attached
    ///          (attach_thread() does that ahead), or more than four priorities are in use.
    /// Threads  transactions on one dispatcher pass one after the other, in the order of arrival; no lock is
    ///          held while user code runs. From inside one of its own callbacks, or where waiting would close a
    ///          cycle, it is refused with verdict::would_deadlock, and nobody was asked.
    /// Cost     O(participants).
    template <change_action Action>
        requires two_phase<Category>
    auto transact(const event_type& event, Action&& action, const transact_options& options = {}) {
        return delivery::transact(*state_, event, action, options.rules.value_or(rules_of<Category>()),
                                  options.budget);
    }

    /// transact() for a change that concerns several keys at once, like a part that is taken out together with
    /// what is plugged into it: whoever registered for one of them takes part, by priority, then in the order of
    /// the keys, then in registration order. Every participant receives the same event.
    /// Errors   std::bad_alloc before anybody was asked; else as transact().
    template <change_action Action>
        requires(two_phase<Category>&& keyed<Category>)
    auto transact_keys(std::span<const detail::key_type_of<Category>> keys, const event_type& event,
                       Action&& action, const transact_options& options = {}) {
        return delivery::transact_keys(*state_, keys, event, action,
                                       options.rules.value_or(rules_of<Category>()), options.budget);
    }

    /// transact() for an instance that comes to exist when the action succeeds.
    /// @param instance  the instance, or a callable that makes it when it is this transaction's turn.
    template <class Instance, change_action Action>
    auto transact_arrival(const Instance& instance, Action&& action,
                          const transact_options& options = {}) requires two_phase<Category> &&
        replaying<Category> && detail::instance_source<Instance, Category> {
        return delivery::transact_instance(*state_, instance, true, action,
                                           options.rules.value_or(rules_of<Category>()), options.budget);
    }
    /// transact() for an instance that is gone when the action succeeds.
    template <class Instance, change_action Action>
    auto transact_removal(const Instance& instance, Action&& action,
                          const transact_options& options = {}) requires two_phase<Category> &&
        replaying<Category> && detail::instance_source<Instance, Category> {
        return delivery::transact_instance(*state_, instance, false, action,
                                           options.rules.value_or(rules_of<Category>()), options.budget);
    }

    /// A change that could not be asked about: tells everybody to commit, without a prepare.
    /// Threads  waits for its turn among transactions; from inside a callback of this dispatcher it is queued and
    ///          done before the outer call returns.
    void
    announce(const event_type& event) requires two_phase<Category> && std::copy_constructible<event_type> {
        delivery::announce(*state_, event);
    }
    void announce_arrival(const detail::instance_type_of<Category>& instance) requires two_phase<Category> &&
        replaying<Category> {
        delivery::announce_instance(*state_, instance, true);
    }
    void announce_removal(const detail::instance_type_of<Category>& instance) requires two_phase<Category> &&
        replaying<Category> {
        delivery::announce_instance(*state_, instance, false);
    }

    /// Whether this thread is inside a callback of this dispatcher (two-phase and replaying categories).
    bool inside_callback() const noexcept requires(state_type::ticketed) { return state_->turn.held_here(); }

    using detail::misused_verbs<Category>::inside_callback;
    using detail::misused_verbs<Category>::notify_arrival;
    using detail::misused_verbs<Category>::notify_removal;
    using detail::misused_verbs<Category>::transact;
    using detail::misused_verbs<Category>::transact_arrival;
    using detail::misused_verbs<Category>::transact_removal;
    using detail::misused_verbs<Category>::transact_keys;
    using detail::misused_verbs<Category>::announce;
    using detail::misused_verbs<Category>::announce_arrival;
    using detail::misused_verbs<Category>::announce_removal;

private:
    friend struct detail::dispatcher_access;

    template <class Key, class... Callables>
    registration enrol(const Key& key, const registration_options& options, Callables&&... callables) {
        registration made;
        enrolment::enrol(*state_, key, options, made,
                         detail::one_callable<Category>(std::forward<Callables>(callables)...));
        return made;
    }

    template <class Storage, class Key, class Callable>
    registration enrol_in(Storage& storage, const Key& key, const registration_options& options,
                          Callable&& callable) {
        registration made;
        enrolment::enrol_in(*state_, storage, key, options, made, std::forward<Callable>(callable));
        return made;
    }

    template <class Key, class Sink, class... Callables>
    auto enrol_into(const Key& key, const registration_options& options, Sink&& sink,
                    Callables&&... callables) {
        return enrolment::enrol_into(*state_, key, options, sink,
                                     detail::one_callable<Category>(std::forward<Callables>(callables)...));
    }

    state_type* state_ = nullptr;
};

} // namespace assent::inline ASSENT_ABI

#endif
