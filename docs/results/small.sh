# The tools are of version 0.2.0.
simulate --preset quick -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 64 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 20 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.5 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.003 --loss softmax --momentum 0.9 --nh-bottleneck 64 --nh-lstm 48 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 --weight-decay 0.00001 \
      --weight-decay-decoupled=false --weight-decay-scope none --steps 2000 --checkpoint network-2000.safetensors

simulate --preset quick -n 1 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 64 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0 --clip-norm 0 --clip-scope all --decay 0.9 --dropout 1 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms 0 --learning-rate 1 --loss softmax --momentum 0 --nh-bottleneck 64 --nh-lstm 48 --optimizer sgd \
      --precision single --preset quick --schedule constant --schedule-factor 0.1 --schedule-period 0 --seed 1 \
      --velocity-inputs --velocity-noise 0,0,0 --warmup 0 --weight-decay 0 --weight-decay-decoupled=false \
      --weight-decay-scope none --steps 0 --checkpoint network-0.safetensors

simulate --preset quick -n 500 --skip 0 --seed 1000001 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 64 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  activations --layers bottleneck --dropout off --decode top3 --seed 1 --batch 50 --checkpoint network-0.safetensors |
  ratemaps --bins 20 --direction-bins 20 --env-size 2.2 --halves records --layers bottleneck \
      --position-field target_pos |
  gridscore --score reference,paper --paper-inner 0.125 --unvisited zero --grid-cut own --env-size 2.2 \
      --drop direction_tuning,ratemap_half_1,ratemap_half_2,sac --peak-nearest 1 --peak-farthest 0.8 --peak-least 0 \
      --peak-apart 0 --scale-low 0.2 --scale-high 1.2 --baseline rectify --border-strip 0.15 --border-cut 0.5 \
      --head-direction-cut 0.47 --null field --shuffles 20 --rotations 100 --field-smoothing 1 --field-threshold 0.2 \
      --field-bins 2 --gaussian-padding 1 --seed 1 -o untrained.maps.npy

simulate --preset quick -n 500 --skip 0 --seed 1000001 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 64 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  activations --layers bottleneck --dropout off --decode top3 --seed 1 --batch 50 \
      --checkpoint network-2000.safetensors |
  ratemaps --bins 20 --direction-bins 20 --env-size 2.2 --halves records --layers bottleneck \
      --position-field target_pos |
  gridscore --score reference,paper --paper-inner 0.125 --unvisited zero --grid-cut own --env-size 2.2 \
      --drop ratemap,direction_tuning,ratemap_half_1,ratemap_half_2,occupancy,sac --peak-nearest 1 \
      --peak-farthest 0.8 --peak-least 0 --peak-apart 0 --scale-low 0.2 --scale-high 1.2 --baseline rectify \
      --border-strip 0.15 --border-cut 0.5 --head-direction-cut 0.47 --null field,gaussian,untrained --shuffles 20 \
      --rotations 100 --field-smoothing 1 --field-threshold 0.2 --field-bins 2 --gaussian-padding 1 --seed 1 \
      --untrained untrained.maps.npy -o small.npy
