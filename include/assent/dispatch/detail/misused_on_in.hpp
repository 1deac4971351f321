// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_MISUSED_ON_IN_HPP
#define ASSENT_DISPATCH_DETAIL_MISUSED_ON_IN_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/contract.hpp>
#include <assent/core/registration.hpp>
#include <assent/core/registration_options.hpp>
#include <assent/core/registration_storage.hpp>
#include <assent/dispatch/detail/enrolment.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 15 "assent/dispatch/detail/misused_on_in.hpp"

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace assent::inline ASSENT_ABI::detail {

template <class Sink>
concept registration_sink = std::invocable<Sink&, registration>;

template <class F, std::size_t Size, std::size_t Alignment>
concept fits_in = sizeof(std::decay_t<F>) <= Size && alignof(std::decay_t<F>) <= Alignment;

template <class T> struct is_storage : std::false_type {};
template <std::size_t Size, std::size_t Alignment>
struct is_storage<registration_storage<Size, Alignment>> : std::true_type {};

/// on_in() and on_into() for what they must not be given. Lead and `int` as in misused_on.
template <class C, class... Lead> struct misused_on_in {
    template <int = 0, std::size_t Size, std::size_t Alignment, class Callable>
        requires(registrable<C, Callable> && !fits_in<Callable, Size, Alignment>)
    ASSENT_UNAVAILABLE("assent: registration_storage [size]: the callable does not fit; use "
                       "registration_storage_for<decltype(callable)>, or a larger Size or Alignment")
    registration on_in(registration_storage<Size, Alignment>&, const Lead&..., Callable&&) { misused(); }
    template <int = 0, std::size_t Size, std::size_t Alignment, class Callable>
        requires(!registrable<C, Callable>)
    ASSENT_UNAVAILABLE(
        "assent: registration [callables]: on_in() takes one callable that on() takes; on() would "
        "say what is wrong")
    registration on_in(registration_storage<Size, Alignment>&, const Lead&..., Callable&&) { misused(); }
    template <int = 0, class Storage, class Callable>
        requires(!is_storage<std::remove_reference_t<Storage>>::value)
    ASSENT_UNAVAILABLE("assent: registration_storage [storage]: comes first, as a variable that outlives the "
                       "registration: assent::registration_storage<> room; on_in(room, callback)")
    registration on_in(Storage&&, const Lead&..., Callable&&) { misused(); }
};

template <class C, class... Lead> struct misused_on_into {
    template <int = 0, class Sink, class... Callables>
        requires(!registration_sink<Sink>)
    ASSENT_UNAVAILABLE(
        "assent: registration sink [callable]: must be callable with `assent::registration&&`, which "
        "it keeps: on_into([&](assent::registration&& r) { kept = std::move(r); }, options, callback)")
    void on_into(Sink&&, const Lead&..., Callables&&...) { misused(); }
    template <int = 0, class Sink, class... Callables>
        requires(registration_sink<Sink> && !registrable<C, Callables...>)
    ASSENT_UNAVAILABLE(
        "assent: registration [callables]: on_into() takes what on() takes; on() would say what is "
        "wrong")
    void on_into(Sink&&, const Lead&..., Callables&&...) { misused(); }
};

template <class C>
struct misused_storage : misused_on_in<C>,
                         misused_on_in<C, registration_options>,
                         misused_on_into<C, registration_options> {
    using misused_on_in<C>::on_in;
    using misused_on_in<C, registration_options>::on_in;
    using misused_on_into<C, registration_options>::on_into;
};
template <keyed C>
struct misused_storage<C> : misused_on_in<C, key_type_of<C>>,
                            misused_on_in<C, key_type_of<C>, registration_options>,
                            misused_on_into<C, key_type_of<C>, registration_options> {
    using misused_on_in<C, key_type_of<C>>::on_in;
    using misused_on_in<C, key_type_of<C>, registration_options>::on_in;
    using misused_on_into<C, key_type_of<C>, registration_options>::on_into;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
