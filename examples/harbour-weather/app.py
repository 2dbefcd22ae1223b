from pathlib import Path

import pandas as pd
import streamlit as st

import charts

KNOTS = 1.943844
GALE = 17.2  # m/s, Beaufort 8


@st.cache_data
def observations() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parent / 'weather.csv', parse_dates=['time'], date_format='%Y-%m-%dT%H')


def sailing_days(table: pd.DataFrame) -> int:
    """Days on which noon to evening is dry, windy enough, and not too wild."""
    afternoon = table[table['time'].dt.hour.between(12, 18)]
    days = afternoon.groupby(afternoon['time'].dt.normalize()).agg(
        wind=('wind', 'mean'), strongest=('wind', 'max'), rain=('rain', 'sum'), waves=('waves', 'max')
    )
    return int(((days['wind'] >= 4) & (days['strongest'] <= 10.8) & (days['rain'] < 1) & (days['waves'] < 1.6)).sum())


st.set_page_config(page_title='Harbour weather', page_icon='⚓', layout='wide')
st.html("""<style>
  .stMainBlockContainer { max-width: 1240px; padding-top: 2rem; padding-bottom: 3rem; }
  [data-testid='stMetricValue'] { font-size: 1.7rem; letter-spacing: -0.02em; }
  h1 { padding: 0 !important; letter-spacing: -0.025em !important; font-size: 2rem !important; }
  h3 { padding: 0.4rem 0 0.7rem !important; font-size: 1.15rem !important; letter-spacing: -0.012em !important; }
  @media (max-width: 640px) { .stMainBlockContainer { padding: 1rem 1rem 3rem; } [data-testid='stMetricValue'] { font-size: 1.35rem; } }
</style>""")

everything = observations()
st.title('Harbour weather')
st.caption('A year at three harbours, every three hours. The harbours and the weather are invented.')

with st.container(horizontal=True, vertical_alignment='bottom', gap='medium'):
    harbour = (
        st.segmented_control('Harbour', list(everything['harbour'].unique()), default='Skerry Bay', required=True)
        or 'Skerry Bay'
    )
    unit = st.segmented_control('Wind in', ['knots', 'm/s'], default='knots', required=True) or 'knots'
    first, last = st.select_slider('Months', charts.MONTHS, value=('Jan', 'Dec'), width=320)

factor = KNOTS if unit == 'knots' else 1.0
months = everything['time'].dt.month.between(charts.MONTHS.index(first) + 1, charts.MONTHS.index(last) + 1)
season = everything[months]
here = season[season['harbour'] == harbour]
others = season[season['harbour'] != harbour]
days = here['time'].dt.normalize().nunique()
sailing = sailing_days(here)
elsewhere = sum(sailing_days(table) for _, table in others.groupby('harbour')) / 2
warmest = here.loc[here['temperature'].idxmax()]

with st.container(horizontal=True, gap='small'):
    st.metric('Sailing days', f'{sailing} of {days}', f'{sailing - elsewhere:+.0f} against the others', border=True)
    st.metric(
        'Mean wind',
        f'{here["wind"].mean() * factor:.1f} {unit}',
        f'{(here["wind"].mean() - others["wind"].mean()) * factor:+.1f} {unit}',
        delta_color='off',
        border=True,
    )
    st.metric(
        'Hours of gale',
        f'{int((here["wind"] >= GALE).sum() * 3)}',
        f'{int((here["wind"] >= GALE).sum() * 3 - (others["wind"] >= GALE).sum() * 1.5):+d} h',
        delta_color='inverse',
        border=True,
    )
    st.metric(
        'Warmest',
        f'{warmest["temperature"]:.1f} °C',
        f'{warmest["time"]:%-d %B}',
        delta_color='off',
        delta_arrow='off',
        border=True,
    )
    st.metric(
        'Rain',
        f'{here["rain"].sum():.0f} mm',
        f'{here["rain"].sum() - others["rain"].sum() / 2:+.0f} mm',
        delta_color='off',
        border=True,
    )

left, right = st.columns([5, 3], gap='medium')
with left:
    st.subheader('Warm and wet', anchor=False)
    st.altair_chart(charts.warmth(here))
    st.altair_chart(charts.rain(here))
with right:
    st.subheader('From where it blows', anchor=False)
    st.altair_chart(charts.rose(here))

left, right = st.columns(2, gap='medium')
with left:
    st.subheader('When to go out', anchor=False)
    st.altair_chart(charts.clock(here, unit, factor))
with right:
    st.subheader('How rough it gets', anchor=False)
    st.altair_chart(charts.harbours(season, harbour))

with st.expander('The numbers'):
    st.dataframe(here.drop(columns='harbour'), hide_index=True, height=260)
    st.download_button(
        'Download them as CSV', here.to_csv(index=False), f'{harbour.lower().replace(" ", "-")}.csv', 'text/csv'
    )
